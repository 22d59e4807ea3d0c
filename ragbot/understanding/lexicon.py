"""Names and terms of topics, found in what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ragbot.types import Seen, Span, Topic
from ragbot.words import WORD, plain, stem

ENDING = 2  # letters that a word may be shorter than a term of one word with its stem: "kind" is not "kindness"
SHORT_TERM = 3  # a term of at most so many letters (an abbreviation) is matched as typed, not by stem


class Lexicon:
    """The terms of every topic, found in an utterance by the stems of their words; the longest match wins."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.terms: dict[tuple[str, ...], dict[str, int]] = {}  # owners, each with its shortest form
        for topic in topics:
            for term in (topic.name, *topic.terms):
                key = tuple(self.form(word) for word in WORD.findall(plain(term)))
                owners = self.terms.setdefault(key, {})
                if key:
                    owners[topic.id] = min(len(term), owners.get(topic.id, len(term)))
        self.longest = max(map(len, self.terms), default=0)

    @staticmethod
    def form(word: str) -> str:
        return word if len(word) <= SHORT_TERM else stem(word)

    def find(self, text: str, mend: Callable[[str], str | None] = lambda word: None) -> list[Seen]:
        """Every topic named in plain text, in order: `what` is its id; `mend` gives a mistyped word's right form."""
        words = [(self.form(mend(m.group()) or m.group()), m.start(), m.end()) for m in WORD.finditer(text)]
        found, position = [], 0
        while position < len(words):
            for length in range(min(self.longest, len(words) - position), 0, -1):
                run = words[position : position + length]
                span = Span(run[0][1], run[-1][2])
                known = self.terms.get(tuple(word for word, _, _ in run), {})
                owners = [x for x, short in known.items() if length > 1 or short - (span.end - span.start) <= ENDING]
                if owners:
                    found += [Seen(owner, span, f"term of {owner}") for owner in owners]
                    position += length - 1
                    break
            position += 1
        return found
