"""Which limits belong to an answer: the pack's caveats bound by rule, and what the source is known not to give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragbot.composition.figures import Answer
from ragbot.evidence import quotes_of
from ragbot.index import Index
from ragbot.types import SITUATIONS, CaveatRule, Evidence, Intent, Query, Statement, Topic
from ragbot.words import stems

MOST = {Intent.COMPARISON: 2, Intent.RANKING: 2, Intent.FIGURE: 2}  # caveats of a reply, else one: more are not read
NEAR = 2  # an exemption counts for the first two topics
BARE = (Intent.DEFINITION, Intent.HISTORY, Intent.CAVEAT, Intent.REFERENCE, Intent.LIST)  # state no effect


def applies(rule: CaveatRule, query: Query, topics: Sequence[str]) -> bool:
    """Whether a caveat belongs to an answer of this kind about these topics."""
    if query.intent not in rule.claims or (rule.topics and not set(rule.topics) & set(topics[:1])):
        return False
    return not set(rule.exempt) & set(topics[:NEAR])


def choose_caveats(index: Index, query: Query, answer: Answer, quoted: Sequence[Evidence]) -> tuple[Statement, ...]:
    """The caveats that belong: first the topic's own, then one that holds for any answer of this kind.

    None for an answer that states no effect: a definition, a piece of history, a work, a limit itself.
    """
    bare = answer.leads and all(set(lead.answers) <= set(BARE) for lead in answer.leads)
    if not answer.lines and (query.intent in BARE or bare):
        return ()
    topics = [score.topic for score in query.topics]
    rules = [rule for pack in index.packs for rule in pack.caveats if applies(rule, query, topics)]
    own = [rule for rule in rules if rule.topics]
    general = [rule for rule in rules if not rule.topics]
    chosen = (own[:1] + general)[: MOST.get(query.intent, 1)]
    statements = []
    for rule in chosen:
        found = quotes_of(index, (index.by_id[i] for i in rule.passages), 0.0)
        held = tuple(
            next((old for old in quoted if old.place == new.place and set(new.spans) <= set(old.spans)), new)
            for new in found
        )
        statements.append(Statement(rule.say, held, f"caveat {rule.id}"))
    return tuple(statements)


def choose_gaps(topics: Mapping[str, Topic], query: Query) -> tuple[str, ...]:
    """What the source is known not to give: the gap of the strongest topic that shares most words with the question."""
    if query.intent not in SITUATIONS or not query.topics:
        return ()
    gaps = topics[query.topics[0].topic].gaps
    asked = set(stems(query.text, stop=True))
    return tuple(sorted(gaps, key=lambda gap: -len(asked & set(stems(gap, stop=True))))[:1])
