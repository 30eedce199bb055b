// A question of three words or more that stands in a heading is answered there: such a heading comes
// before pages that merely hold its words. All else is as Sphinx weighs it.
var asked = (new URLSearchParams(window.location.search).get("q") || "").trim().split(/\s+/);
var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) =>
    kind === "title" && asked.length >= 3 ? score + 100 : score,
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
