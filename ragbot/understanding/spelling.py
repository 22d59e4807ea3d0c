"""Mistyped words → the words of the source that were meant. Never changes a word of the general language.

Known words are those of the index (its passages and cues) and a list of general English; anything else of some length
is mended to the nearest word of the pack's own terms, where one is near enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from ragbot.words import WORD, plain

SHORTEST = 6  # letters; shorter words have too many neighbours
NEAREST = 84.0  # of 100: similarity of two words below which they are no misspelling of each other (rapidfuzz's ratio)


@cache
def general_words() -> frozenset[str]:
    """A list of 82,765 words of general English, which symspellpy brings along."""
    text = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8")
    return frozenset(line.split(" ", 1)[0] for line in text.splitlines())


class Spelling:
    """Mends mistyped words towards `terms`; `known` are texts whose words need no mending."""

    def __init__(self, terms: Iterable[str], known: Iterable[str]) -> None:
        self.terms = sorted({word for term in terms for word in words_of(term) if len(word) >= SHORTEST})
        self.known = {word for text in known for word in words_of(text)} | set(self.terms)

    def knows(self, word: str) -> bool:
        """Whether a plain lower-case word is spelt well: it stands in the source, or in a list of English words."""
        return word in self.known or word in general_words()

    def mend(self, word: str) -> str | None:
        """The term that a plain lower-case word was meant to be; None where it is known, short, or like none."""
        if len(word) < SHORTEST or not word.isalpha() or self.knows(word):
            return None
        from rapidfuzz import fuzz, process

        found = process.extractOne(word, self.terms, scorer=fuzz.ratio, score_cutoff=NEAREST)
        return found[0] if found else None

    def mended(self, text: str) -> str:
        """A text with its mistyped words mended; offsets are not kept."""
        return WORD.sub(lambda match: self.mend(plain(match.group())) or match.group(), text)


def words_of(text: str) -> list[str]:
    return WORD.findall(plain(text))
