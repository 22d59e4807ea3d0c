"""A message → where it may identify a person; and the message without those words, which is all that is kept of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragbot.phrases import places
from ragbot.types import PhraseRule, Seen
from ragbot.words import folded

MASK = re.compile(r"\[[a-z][a-z -]+\]")


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
        text = f"{text[: seen.span.start]}[{seen.rule.replace('-', ' ')}]{text[seen.span.end :]}"
    return text


def unmarked(text: str) -> str:
    """A masked text with blanks for what was masked, so that nothing is read into it; offsets stay."""
    return MASK.sub(lambda match: " " * len(match.group()), text)
