"""The page "Numbers against other software", docs/numbers.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.conventions import CONVENTIONS
from eventstudy.replication.comparison import from_data, replications
from eventstudy.replication.outside import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_HEAD = """\
# Numbers against other software

Made by `eventstudy replicate -o docs/numbers.md`; a test compares the page with what the command
says. A number of theirs is **equal** if ours agrees with it to nine digits once returns and series
are kept in the precision they keep them in, or rounds to it where it is printed. It is
**explained** if it differs by named conventions and is reached, to nine digits, when these are
taken; a convention is named where the number is not reached without it. Everything else is
**unexplained**, and the command ends with exit code 2.
"""
_AFTER = """\
`eventstudy replicate -v` prints the same on a terminal, `--json` every number; in Python
`es.replicate("stata_estudy").frame` has one row a number: theirs, ours, theirs as reached by their
convention.
"""
_STATA = """\
## Stata's estudy, number by number

Twelve simulated securities with one event each, four models, three windows
([what the files are](../data/README.md)). The file of results has 4,392 rows; estudy repeats the
rows of the securities for every test, so that 864 are numbers of their own. With 3,837 abnormal
returns and 359 group means by day they are 5,060. Ours are those of a study as anybody would run
it; theirs are reached by `conventions = "stata_estudy"` on returns in single precision, in which
Stata keeps what `generate` makes. The model names are estudy's: SIM is `market_model`, MAM
`market_adjusted`, HMM `constant_mean`, MFM `factor`; Norm is called `j1` here.
"""
_FROM_DATA = """\
## With data of your own

These take files that are not shipped. `eventstudy replicate NAME --data FOLDER` reads them from
your folder and says the same of every number as above; so does `es.replicate(NAME, data=FOLDER)`.
"""
_OUTSIDE = """\
## Compared outside, not bundled

These were compared by hand, once, with data or programs that cannot be shipped.
"""
_BUNDLES = """\
## Conventions by name

`conventions = "stata_estudy"` of `EventStudy`, or `[conventions] like` of a study file, has the
tests by these conventions stand beside the study's own, in `statistics_conventions.csv`,
`results.conventions_table()` and the report. `eventstudy list conventions` lists them. What is not
named is as [methods](methods.md) has it.
"""
_MISSING = """\
No command repeats those of SAS and WRDS and of xKDR's September 2001, as no copy of their data
and output is at hand any more, nor the bootstrap of xKDR eventstudies, whose draws are random.
MacKinlay (1997) is not among the textbook values: his tables rest on returns he did not print.

`estudy2` and `eventstudies` read what R wrote of the packages' own returns, or of any others by the
same calls. They were tried on made-up returns and the formulas of the programs, not on R's output.

`goldsmith_pinkham_lyu` reruns a simulation: a number is equal within four standard errors of the
difference between two times 50 simulations, no closer. Their draws are not repeated. It was tried
on made-up factors with moments like those of French's file, where 144 of 144 are equal, not on the
file itself. Their
generalised synthetic control chooses its number of factors by cross-validation from 450 controls;
`factor_adjusted`, which stands for it, has two factors of a hundred. Their correct factors subtract
the riskless return once too often, 0.01 percentage points a day, which 50 simulations do not show.
"""


def page(frame: pd.DataFrame, counts: pd.DataFrame, conventions: pd.DataFrame) -> str:
    """Return the page as Markdown, from the frames of `ReplicationResults`."""
    rows = [
        [f"`{row.replication}`", _source(str(row.replication)), f"{row.compared:,}",
         f"{row.equal:,}", f"{row.explained:,}", f"{row.unexplained:,}"]
        for row in counts.itertuples(index=False)
    ]  # fmt: skip
    head = ["replication", "source", "numbers", "equal", "explained", "unexplained"]
    parts = [_HEAD, _table(head, rows), _AFTER]
    if "stata_estudy" in set(frame["replication"]):
        parts += [_STATA, _of_stata(frame)]
    needed = [
        [row.convention, f"`{row.replication}`", f"{row.numbers:,}"]
        for row in conventions.itertuples(index=False)
    ]
    parts += ["## Conventions that differ\n", _table(["theirs", "replication", "numbers"], needed)]
    own = [
        [f"`{entry.name}`", entry.summary, entry.source,
         ", ".join(f"`{name}`" for name in entry.value.files), entry.value.rights]
        for entry in from_data
    ]  # fmt: skip
    parts += [_FROM_DATA, _table(["replication", "compares", "source", "files", "rights"], own)]
    outside = [[each.software, str(each.numbers), str(each.equal), each.remark] for each in OUTSIDE]
    parts += [_OUTSIDE, _table(["software", "numbers", "equal", "remark"], outside), _MISSING]
    parts += [_BUNDLES, *_bundles()]
    return "\n".join(parts)


def _source(name: str) -> str:
    """Return where the numbers of a replication are from."""
    return (replications[name] if name in replications else from_data[name]).source


def _of_stata(frame: pd.DataFrame) -> str:
    """Return equal and explained numbers by test and quantity."""
    frame = frame[frame["replication"] == "stata_estudy"]
    words = frame["quantity"].str.split(" ")
    is_daily = words.str[1].isin(["AR", "AAR"])
    frame = frame.assign(
        test=words.str[1],
        term=words.str[-1].where(~is_daily, "by day"),
        of=words.str[-2].eq("group").map({True: "group", False: "securities"}),
    )
    frame.loc[words.str[1] == "AAR", "of"] = "group"
    rows = []
    for (test, of, term), part in frame.groupby(["test", "of", "term"], sort=False):
        status = part["status"].value_counts()
        rows.append(
            [test, of, term, str(len(part)), *(str(status.get(s, 0)) for s in
                                              ("equal", "explained", "unexplained"))]
        )  # fmt: skip
    head = ["theirs", "of", "number", "compared", "equal", "explained", "unexplained"]
    return _table(head, rows)


def _bundles() -> list[str]:
    """Return what each bundle is, a list each."""
    parts = []
    for entry in CONVENTIONS:
        bundle = entry.value
        lines = [f"- {bundle.phrase(choice)}" for choice in bundle.changed()]
        lines.append(f"- tests: {', '.join(f'`{test}`' for test in bundle.tests)}")
        if bundle.remark:
            lines.append(f"- {bundle.remark}")
        parts.append(f"### `{entry.name}`\n\nSource: {entry.source}.\n\n" + "\n".join(lines) + "\n")
    return parts


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    texts = (" | ".join(str(cell).replace("|", "\\|") for cell in line) for line in lines)
    return "\n".join(f"| {text} |" for text in texts) + "\n"
