"""Drafts of several questions asked in one message → one draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragbot.composition.composer import Composer
from ragbot.composition.leads import FOLLOW_UPS
from ragbot.composition.limits import MOST
from ragbot.composition.situations import MOST_PROMPTS
from ragbot.types import Draft, Evidence, Statement, Status

GIVEN = (Status.ANSWERED, Status.PARTIAL)
CAVEAT = "caveat "  # what the rule of a caveat begins with
ANY = (*GIVEN, Status.NOT_COVERED)


def compose_together(composer: Composer, drafts: Sequence[Draft]) -> Draft | None:
    """One draft of those of several questions, in their order; what of them is not covered is named.

    None where none is answered, one is no question of content, or they are too many to count in a sentence. Each keeps
    what its answer rests on; quotes beside it and further caveats go first where too many words would be quoted.
    """
    given = [draft for draft in drafts if draft.status in GIVEN]
    ordinals = composer.rules.responses.ordinals
    if not given or len(drafts) > len(ordinals) or any(draft.status not in ANY for draft in drafts):
        return None
    openings = [
        *(
            composer.remark("not_covered_part", which=which)
            for which, draft in zip(ordinals, drafts, strict=False)
            if draft not in given
        ),
        *dict.fromkeys(part for draft in given for part in draft.openings),
    ]
    lines = tuple(dict.fromkeys(line for draft in given for line in draft.lines))
    said = [part for part in (*openings, *lines) if isinstance(part, Statement)]
    held = tuple(dict.fromkeys(item for part in said for item in part.evidence))
    caveats = limits_of(given, held, composer.rules.cutoffs.quoted_most)
    held = tuple(dict.fromkeys((*held, *(item for part in caveats for item in part.evidence))))
    left = composer.rules.cutoffs.quoted_words - sum(item.length for item in held)
    quotes: list[Evidence] = []
    for item in dict.fromkeys(item for draft in given for item in draft.quotes):
        left -= 0 if item in held else item.length
        if item in held or left >= 0:
            quotes.append(item)
    return replace(
        given[0],
        status=Status.ANSWERED if all(draft.status is Status.ANSWERED for draft in drafts) else Status.PARTIAL,
        topics=tuple(dict.fromkeys(topic for draft in given for topic in draft.topics)),
        openings=tuple(openings),
        quotes=tuple(quotes),
        lines=lines,
        figures=tuple(dict.fromkeys(figure for draft in given for figure in draft.figures)),
        caveats=caveats,
        gaps=tuple(dict.fromkeys(gap for draft in drafts for gap in draft.gaps)),
        reflection=tuple(dict.fromkeys(x for draft in given for x in draft.reflection))[:MOST_PROMPTS],
        suggestions=tuple(dict.fromkeys(x for draft in given for x in draft.suggestions))[:FOLLOW_UPS],
        notices=tuple(dict.fromkeys(x for draft in drafts for x in draft.notices)),
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


def is_caveat(part: Statement) -> bool:
    """Whether a limit is a caveat of the pack rather than a note of the table or a conflict of the source."""
    return part.rule.startswith(CAVEAT)
