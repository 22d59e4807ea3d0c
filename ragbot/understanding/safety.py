"""A message → whose safety may be at stake in it, if anybody's. It recognises, and never assesses.

No list of words can tell: signs are indirect, and idioms, films and what is long past sound like danger. What decides
is learned from written messages (rules/messages/): what a message means, its words, and which rules of safety.yaml and
of scopes.yaml fire in it, together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ragbot.danger import known_of
from ragbot.index import Index
from ragbot.recognition import recognise
from ragbot.rules import WHO, Rules
from ragbot.types import Seen, Span
from ragbot.understanding.sentences import sentences_of
from ragbot.understanding.spelling import Spelling, general_words, words_of
from ragbot.words import folded

LEARNED = "messages"  # the rule of what no phrase shows
TAKE_BACK = {"historical", "negated", "hypothetical", "scholarly"}  # scopes that may take a phrase back, if not recent


class Safety:
    """Reads whose safety may be at stake, in a message as typed and as well spelt, and in each of its sentences."""

    def __init__(self, index: Index, rules: Rules, read: Callable[[Sequence[str]], np.ndarray]) -> None:
        self.index, self.rules, self.read_texts = index, rules, read
        self.in_it = next(rule for rule in rules.scopes if rule.id == "of-the-writer")
        signs = (word for message in rules.messages if message.who in WHO for word in words_of(message.says))
        self.spelling = Spelling((word for word in signs if word in general_words()), ())

    def read(self, text: str, known: Mapping[str, np.ndarray]) -> Seen | None:
        """Whose safety, and the rule that shows it, else that it was learned; None where nobody's is likely enough.

        `known`: texts that were read already, with their vectors.
        """
        plain = folded(text)
        shown = next((seen for rule in self.rules.safety if (seen := rule.see(plain))), None)
        scopes = {rule.id for rule in self.rules.scopes if rule.see(plain)}
        certain = shown and ("recent" in scopes or not scopes & TAKE_BACK)
        whole = list(dict.fromkeys((text, self.spelling.mended(text))))
        spans = sentences_of(text)
        parts = [text[slice(*span)] for span in spans] if len(spans) > 1 else []
        likely = self.likely([*whole, *parts], known)
        cut = self.rules.cutoffs
        least = [cut.danger_shown if certain else cut.danger] * len(whole) + [cut.danger_part] * len(parts)
        over = likely.sum(axis=1) / np.array(least)
        best = int(over.argmax())
        if over[best] < 1:
            return None
        who = WHO[int(likely[best].argmax())] if self.in_it.see(plain) else WHO[0]
        return Seen(who, shown.span if shown else Span(0, len(text)), shown.rule if shown else LEARNED)

    def likely(self, texts: Sequence[str], known: Mapping[str, np.ndarray]) -> np.ndarray:
        """How likely the safety of each of WHO is at stake in each text, (texts, 2)."""
        new = [text for text in texts if text not in known]
        vectors = dict(zip(new, self.read_texts(new), strict=True)) if new else {}
        given = np.stack([known[text] if text in known else vectors[text] for text in texts])
        return recognise(known_of(texts, given, self.index.danger_words, self.rules), self.index.danger_weights)
