"""A message → where it may identify a person; and the message without those words, which is all that is kept of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragbot.phrases import places
from ragbot.types import PhraseRule, Seen
from ragbot.words import folded


def identifying(text: str, rules: Sequence[PhraseRule]) -> tuple[Seen, ...]:
    """Every place of a text that may identify a person, in order; of two that overlap, that of the earlier rule."""
    plain, found = folded(text), list[Seen]()
    for rule in rules:
        for seen in places(rule, text if rule.cased else plain):
            if not any(seen.span.start < x.span.end and x.span.start < seen.span.end for x in found):
                found.append(seen)
    return tuple(sorted(found, key=lambda seen: seen.span))


def masked(text: str, places: Sequence[Seen]) -> str:
    """A text in which what stands at these places, in order, is named instead: "[phone number]"."""
    for seen in reversed(places):
        text = f"{text[: seen.span.start]}{mask_of(seen.rule)}{text[seen.span.end :]}"
    return text


def unmarked(text: str, rules: Sequence[PhraseRule]) -> str:
    """A masked text with blanks for what was masked, so that nothing is read into it; offsets stay."""
    masks = "|".join(re.escape(mask_of(rule.id)) for rule in rules)
    return re.sub(masks, lambda match: " " * len(match.group()), text)


def mask_of(rule: str) -> str:
    """What stands for a detail that a rule saw."""
    return f"[{rule.replace('-', ' ')}]"
