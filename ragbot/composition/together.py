"""Drafts of several questions asked in one message → one draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from ragbot.composition.composer import Composer
from ragbot.composition.leads import FOLLOW_UPS
from ragbot.composition.limits import MOST, is_caveat
from ragbot.composition.situations import MOST_PROMPTS
from ragbot.types import Draft, Evidence, Statement, Status

Part = TypeVar("Part")
GIVEN = (Status.ANSWERED, Status.PARTIAL)
ANY = (*GIVEN, Status.NOT_COVERED)
NOTHING = "not_covered"  # the opening that names nothing of what is missing


def compose_together(composer: Composer, drafts: Sequence[Draft]) -> Draft | None:
    """One draft of those of several questions, in their order; what of them is not covered, or not ours to do, is said.

    None where none is answered, one is no question of content, or they are too many to count in a sentence. Each keeps
    what its answer rests on; quotes beside it and further caveats go first where too many words would be quoted.
    """
    given = [draft for draft in drafts if draft.status in GIVEN]
    ordinals = composer.rules.responses.ordinals
    if not given or len(drafts) > len(ordinals) or any(draft.status not in ANY for draft in drafts):
        return None
    openings = [
        *(
            why if (why := draft.openings[0]).rule != NOTHING else composer.remark(f"{NOTHING}_part", which=which)
            for which, draft in zip(ordinals, drafts, strict=False)
            if draft not in given
        ),
        *union(draft.openings for draft in given),
    ]
    lines = union(draft.lines for draft in given)
    said = [part for part in (*openings, *lines) if isinstance(part, Statement)]
    held = union(part.evidence for part in said)
    caveats = limits_of(given, held, composer.rules.cutoffs.quoted_most)
    held = union((held, *(part.evidence for part in caveats)))
    left = composer.rules.cutoffs.quoted_words - sum(item.length for item in held)
    quotes: list[Evidence] = []
    for item in union(draft.quotes for draft in given):
        left -= 0 if item in held else item.length
        if item in held or left >= 0:
            quotes.append(item)
    return replace(
        given[0],
        status=Status.ANSWERED if all(draft.status is Status.ANSWERED for draft in drafts) else Status.PARTIAL,
        topics=union(draft.topics for draft in given),
        openings=tuple(openings),
        quotes=tuple(quotes),
        lines=lines,
        figures=union(draft.figures for draft in given),
        caveats=caveats,
        gaps=union(draft.gaps for draft in drafts),
        reflection=union(draft.reflection for draft in given)[:MOST_PROMPTS],
        suggestions=union(draft.suggestions for draft in given)[:FOLLOW_UPS],
        notices=union(draft.notices for draft in drafts),
        read_as=" ".join(filter(None, (draft.read_as for draft in given))) or None,
        brief=all(draft.brief for draft in given),
    )


def limits_of(drafts: Sequence[Draft], held: Sequence[Evidence], most: int) -> tuple[Statement, ...]:
    """The limits of these drafts, each once: what belongs to their figures, and as many caveats as one reply has.

    None with which more than `most` words would be quoted beside those `held`.
    """
    quoted = set(held)
    chosen: list[Statement] = []
    limits = {part.text: part for draft in drafts for part in reversed(draft.caveats)}
    for part in sorted(limits.values(), key=is_caveat):
        if is_caveat(part) and sum(map(is_caveat, chosen)) == MOST:
            break
        if sum(item.length for item in quoted | set(part.evidence)) <= most:
            quoted |= set(part.evidence)
            chosen.append(part)
    return tuple(chosen)


def union(parts: Iterable[Iterable[Part]]) -> tuple[Part, ...]:
    """All of the parts in order, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(parts)))
