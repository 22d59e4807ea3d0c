"""Phrase rules → the places of a text that they see. The one place where their patterns are matched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from ragbot.types import PhraseRule, Seen, Span


def see(rule: PhraseRule, text: str, whole: bool = False) -> Seen | None:
    """The first place in plain text where a rule fires, or None; with `whole`, only all of it.

    A match that overlaps one of `unless` does not count; others in the same text do.
    """
    barred = [match.span() for other in rule.unless for match in pattern(other).finditer(text)]
    for one in rule.any:
        matches = filter(None, [pattern(one).fullmatch(text)]) if whole else pattern(one).finditer(text)
        for match in matches:
            if not any(start < match.end() and match.start() < end for start, end in barred):
                return Seen(rule.shows, Span(*match.span()), rule.id)
    return None


def places(rule: PhraseRule, text: str) -> tuple[Seen, ...]:
    """Every place of a plain text where a rule fires, in order; of two that overlap, that of the earlier pattern."""
    taken = [match.span() for other in rule.unless for match in pattern(other).finditer(text)]
    found: list[Seen] = []
    for one in rule.any:
        for match in pattern(one).finditer(text):
            start, end = match.span()
            if start < end and not any(a < end and start < b for a, b in taken):
                taken.append((start, end))
                found.append(Seen(rule.shows, Span(start, end), rule.id))
    return tuple(sorted(found, key=lambda seen: seen.span))


def without(text: str, spans: Sequence[Seen]) -> str:
    """A text with these places blanked out; offsets stay."""
    for seen in spans:
        text = text[: seen.span.start] + " " * (seen.span.end - seen.span.start) + text[seen.span.end :]
    return text


@cache
def pattern(rule: str) -> re.Pattern[str]:
    """A rule's pattern, with word borders at its words; a space that is not optional stands for any white space."""
    spaced = re.sub(r" (?![?*+{])", r"\\s+", rule)
    return re.compile(rf"(?:(?<!\w)|(?=\W))(?:{spaced})(?!\w)")


def faults_of(rule: PhraseRule) -> list[str]:
    """Patterns that are no regular expressions, and a rule without examples."""
    faults = [] if rule.examples and rule.counterexamples else ["needs examples and counterexamples"]
    for text in (*rule.any, *rule.unless):
        try:
            pattern(text)
        except re.error as error:
            faults.append(f"'{text}': {error}")
    return faults
