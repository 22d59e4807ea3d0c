"""What was typed → its sentences and clauses."""

from __future__ import annotations

import re
from itertools import pairwise

from ragbot.types import Span

SENTENCE = re.compile(r"(?:[^.?!\n]|\.(?=\s?\d))+[.?!]*")  # a decimal point and "p. 7" end none
CLAUSE = re.compile(r"[,;:–-]\s+(?=(?:and|but|so|yet|while|then|because|now)\b)|;\s+", re.I)
CLAUSE_WORDS = 4  # a shorter clause says too little by itself
MOST = 24  # read one by one; each costs a pass of the encoder


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
