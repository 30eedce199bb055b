"""Who acts and who is hit, from the names in a headline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventstudy.news.classification.rule_files import ALONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.news.classification.matching import HeadlineConcepts, Span

BOTH: Final = "both"
EVERYBODY: Final = "global"
NOBODY: Final = "n/a"


def parties_of(
    declared: Mapping[str, Any],
    headline: HeadlineConcepts,
    owners: Mapping[int, str],
    countries: frozenset[str],
    concepts: Mapping[str, int],
    adjectives: tuple[str, ...],
) -> tuple[str, str]:
    """Return actor and target.

    Parameters
    ----------
    declared
        The table of the label's category, with what the rule says about actor and target.
    headline
        The headline.
    owners
        Concept -> the country or company it names.
    countries
        Names that are countries.
    concepts
        Name -> number, for the concepts `towards`, `officials` and `court`.
    adjectives
        Endings of the adjectives of countries.
    """
    mentions = sorted(
        (span, owners[concept])
        for concept in owners.keys() & headline.places.keys()
        for span in headline.places[concept]
    )
    if declared.get("actor_is") == "company":
        return _company_and_nobody(mentions, declared, headline, countries)
    # A firm is named for its country's sake, unless nobody else is.
    mentions = [mention for mention in mentions if mention[1] in countries] or mentions
    names = list(dict.fromkeys(name for _, name in mentions))
    declared_actor, declared_target = declared.get("actor"), declared.get("target")
    default_actor = declared.get("default_actor")
    if declared_actor is None and _is_mutual(declared, mentions, names):
        return BOTH, BOTH
    acting, hit = _acting_and_hit(mentions, headline, concepts, adjectives)
    actor = declared_actor
    if actor is None and declared.get("actor_is") == "court":
        actor = (
            EVERYBODY
            if EVERYBODY in names
            else _owner_of_court(mentions, headline, concepts) or default_actor
        )
    if actor is None:
        actor = acting[0] if acting else None
        if default_actor in acting and (
            default_actor in names[:1] or not _has_by(mentions, headline)
        ):
            actor = default_actor
        actor = actor or default_actor
        # "Peru wins waiver": who can grant one is not named.
        granting = declared.get("granted_by")
        if (
            granting
            and actor not in (*granting, BOTH, EVERYBODY)
            and default_actor not in names
            and not _has_by(mentions, headline)
        ):
            actor = default_actor
    others_named = [name for name in (*hit, *acting) if name != actor]
    target = declared_target or (others_named[0] if others_named else None)
    if target is None:
        others_target = declared.get("others_target")
        is_other = others_target and actor not in (default_actor, EVERYBODY)
        target = others_target if is_other else declared.get("default_target")
        if target == actor:
            target = None
    return actor or EVERYBODY, target or EVERYBODY


def _is_mutual(
    declared: Mapping[str, Any], mentions: list[tuple[Span, str]], names: list[str]
) -> bool:
    """Whether the headline names the two sides of a category as doing the same to each other."""
    sides = set(declared.get("mutual", ()))
    if not sides:
        return False
    if declared.get("mutual_if") == ALONE:
        return set(names) <= sides
    if len(mentions) < 2:
        return False
    (first_span, _), (second_span, _) = mentions[:2]
    # "France, Spain", "king and queen": side by side, so neither acts on the other.
    return set(names[:2]) == sides and second_span[0] - first_span[1] <= 1


def _acting_and_hit(
    mentions: list[tuple[Span, str]],
    headline: HeadlineConcepts,
    concepts: Mapping[str, int],
    adjectives: tuple[str, ...],
) -> tuple[list[str], list[str]]:
    """Return the names that act and those that something is done to, in order."""
    tokens = headline.tokens
    towards = headline.spans(concepts["towards"]) if "towards" in concepts else []
    officials = {span[0] for span in headline.spans(concepts.get("officials", -1))}
    by, acting, hit = [], [], []
    for span, name in mentions:
        before = tokens.keys[span[0] - 1] if span[0] else ""
        is_near = any(
            0 <= span[0] - end <= 4 and tokens.clause[end - 1] == tokens.clause[span[0]]
            for _, end in towards
        )
        described = tokens.keys[span[1] - 1].endswith(adjectives) and span[1] < len(tokens)
        if before == "by":
            by.append(name)
        elif is_near or (
            described
            and span[1] not in officials
            and tokens.clause[span[1]] == tokens.clause[span[0]]
        ):
            hit.append(name)
        else:
            acting.append(name)
    return [*by, *acting], hit


def _has_by(mentions: list[tuple[Span, str]], headline: HeadlineConcepts) -> bool:
    """Whether some name stands directly after ``by``."""
    return any(span[0] and headline.tokens.keys[span[0] - 1] == "by" for span, _ in mentions)


def _owner_of_court(
    mentions: list[tuple[Span, str]], headline: HeadlineConcepts, concepts: Mapping[str, int]
) -> str | None:
    """Return whose court it is: the name directly before the court."""
    courts = {span[0] for span in headline.spans(concepts.get("court", -1))}
    for span, name in mentions:
        if span[1] in courts or span[1] + 1 in courts:
            return name
    return None


def _company_and_nobody(
    mentions: list[tuple[Span, str]],
    declared: Mapping[str, Any],
    headline: HeadlineConcepts,
    countries: frozenset[str],
) -> tuple[str, str]:
    """Return the firm that acts, by name or as first word, and that nobody is hit."""
    firms = [name for _, name in mentions if name not in countries]
    if not firms:
        # A firm that no list knows mostly begins the headline.
        tokens = headline.tokens
        named = {at for span, _ in mentions for at in range(*span)}
        if len(tokens) and 0 not in named and not tokens.marks[0] and tokens.raw[0][:1].isupper():
            firms = [tokens.raw[0]]
        else:
            firms = [name for _, name in mentions]
    actor = declared.get("actor") or (firms[0] if firms else declared.get("default_actor", NOBODY))
    return actor, declared.get("target") or NOBODY
