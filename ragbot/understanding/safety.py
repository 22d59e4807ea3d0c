"""A message → whose safety may be at stake in it, if anybody's. It recognises, and never assesses.

No list of words can tell: signs are indirect, and idioms, films and what is long past sound like danger. What decides
is learned from written messages (rules/messages/): what a message means, its words, and which rules of safety.yaml and
of scopes.yaml fire in it, together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress

import numpy as np

from ragbot.danger import Danger, known_of, signs
from ragbot.recognition import recognise
from ragbot.rules import WHO, Rules
from ragbot.types import PhraseRule, Seen, Span
from ragbot.understanding.asking import first
from ragbot.understanding.sentences import sentences_of
from ragbot.understanding.spelling import Spelling, general_words
from ragbot.words import folded

WRITER = "of-the-writer"  # the scope in which the writer is in it
LEARNED = "messages"  # the rule of what no phrase shows
TAKE_BACK = {"historical", "negated", "hypothetical", "scholarly"}  # scopes that may take a phrase back, if not recent


class Safety:
    """Reads whose safety may be at stake, in a message as typed and as well spelt, and in each of its sentences."""

    def __init__(self, danger: Danger, rules: Rules, read: Callable[[Sequence[str]], np.ndarray]) -> None:
        self.danger, self.rules, self.read_texts = danger, rules, read
        self.spelling = Spelling((word for word in danger.spelt if word in general_words()), ())

    def read(self, text: str, known: Mapping[str, np.ndarray]) -> Seen | None:
        """Whose safety, and the rule that shows it, else that it was learned; None where nobody's is likely enough.

        `known`: texts that were read already, with their vectors.
        """
        whole = list(dict.fromkeys((text, self.spelling.mended(text))))
        spans = sentences_of(text)
        texts = [*whole, *(text[slice(*span)] for span in spans if len(spans) > 1)]
        fired = signs(texts, self.rules)
        likely = self.likely(texts, fired, known)
        rules, scopes = self.seen_by(fired[0])
        cut = self.rules.cutoffs
        of_whole = cut.danger_shown if self.is_shown(fired[0]) else cut.danger
        of_parts = [cut.danger if self.is_shown(row) else cut.danger_part for row in fired[len(whole) :]]
        least = np.array([of_whole] * len(whole) + of_parts)
        over = likely.sum(axis=1) / least
        best = int(over.argmax())
        if over[best] < 1:
            return None
        who = WHO[int(likely[best].argmax())] if WRITER in scopes else WHO[0]
        shown = first(rules, folded(text))
        return Seen(who, shown.span if shown else Span(0, len(text)), shown.rule if shown else LEARNED)

    def is_shown(self, fired: np.ndarray) -> bool:
        """Whether a phrase shows danger in a text, and no scope takes it back."""
        rules, scopes = self.seen_by(fired)
        return bool(rules) and ("recent" in scopes or not scopes & TAKE_BACK)

    def seen_by(self, fired: np.ndarray) -> tuple[tuple[PhraseRule, ...], set[str]]:
        """The rules of safety that fired in a text, and the ids of the scopes."""
        of_safety, of_scopes = np.split(fired.astype(bool), [len(self.rules.safety)])
        scopes = {rule.id for rule in compress(self.rules.scopes, of_scopes)}
        return tuple(compress(self.rules.safety, of_safety)), scopes

    def likely(self, texts: Sequence[str], fired: np.ndarray, known: Mapping[str, np.ndarray]) -> np.ndarray:
        """How likely the safety of each of WHO is at stake in each text, (texts, 2); `fired`: of the rules in it."""
        new = [text for text in texts if text not in known]
        vectors = dict(zip(new, self.read_texts(new), strict=True)) if new else {}
        given = np.stack([known[text] if text in known else vectors[text] for text in texts])
        return recognise(known_of(texts, given, self.danger.words, fired), self.danger.weights)
