"""What was typed → its sentences, and which of them ask."""

from __future__ import annotations

import re
from itertools import pairwise

from ragbot.types import PhraseRule, Span
from ragbot.words import plain

SENTENCE = re.compile(r"(?:[^.?!\n]|\.(?=\d))+[.?!]*")  # a decimal point ends none
CLAUSE = re.compile(r"[,;:–-]\s+(?=(?:and|but|so|yet|while|then|because|now)\b)|;\s+", re.I)
CLAUSE_WORDS = 4  # a shorter clause says too little by itself
MOST = 24  # read one by one; each costs a pass of the encoder
LONG = 12  # words; what is longer and asks nothing is told
SAYS = 2  # a part of at most so many words ("Hello.") neither asks nor tells


def folded(text: str) -> str:
    """Plain lower-case text with offsets kept: one character for one character."""
    return "".join((plain(char) or " ")[0] for char in text)


def sentences_of(text: str) -> list[Span]:
    """The utterance's sentences, roughly, and the longer clauses of each; none where all of it is one."""
    found = []
    for sentence in SENTENCE.finditer(text):
        parts = [
            sentence.start(),
            *(m.end() + sentence.start() for m in CLAUSE.finditer(sentence.group())),
            sentence.end(),
        ]
        clauses = [Span(a, b) for a, b in pairwise(parts) if len(text[a:b].split()) >= CLAUSE_WORDS]
        whole = Span(sentence.start(), sentence.end())
        found += [whole, *clauses] if len(clauses) > 1 else [whole]
    found = [span for span in found if len(text[slice(*span)].split()) > 1]
    return found[:MOST] if len(found) > 1 else []


class Asking:
    """Tells what asks from what tells, by the rules of dialogue.yaml."""

    def __init__(self, rules: dict[str, PhraseRule]) -> None:
        self.rules = rules

    def asks(self, sentence: str) -> bool:
        """Whether a sentence asks: by its mark, or by its first word where people leave the mark out."""
        return sentence.rstrip().endswith("?") or self.rules["asks"].see(sentence) is not None

    def only_questions(self, text: str) -> str:
        """The text with every sentence that asks nothing blanked out; offsets stay."""
        return SENTENCE.sub(lambda m: m.group() if self.asks(m.group()) else " " * len(m.group()), text)

    def is_telling(self, text: str) -> bool:
        """Whether an utterance tells what happened rather than asks.

        The writer is in it and not every sentence asks, or it is long, asks nothing and has somebody in it.
        """
        parts = [part for part in SENTENCE.findall(text) if len(part.split()) > SAYS]
        asking = sum(map(self.asks, parts))
        if self.rules["writer"].see(text):
            return len(parts) > asking
        return not asking and len(text.split()) > LONG and self.rules["someone"].see(text) is not None
