"""What somebody would try, in their words → the moves that are in it, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ragbot.index import Index
from ragbot.phrases import places, see, without
from ragbot.recognition import features, recognise
from ragbot.rules import Rules
from ragbot.types import Move, Seen, Span
from ragbot.understanding.sentences import sentences_of
from ragbot.words import folded


class Moves:
    """Reads the moves of the packs by their phrases and by what was learned from written attempts."""

    def __init__(self, index: Index, rules: Rules, read: Callable[[Sequence[str]], np.ndarray]) -> None:
        self.index, self.rules, self.read_texts = index, rules, read

    def read(self, text: str) -> tuple[Seen, ...]:
        """The moves of an attempt in the order of their places: of each the sentence or clause that shows it most.

        What the writer would expressly not do is not read. `rule` is the phrase that fired, else the move's own id.
        """
        if not self.index.moves:
            return ()
        kept = without(text, places(self.rules.dialogue["forgoes"], folded(text)))
        spans = sentences_of(kept) or [Span(0, len(kept))]
        parts = [kept[slice(*span)] for span in spans]
        plain = [folded(part) for part in parts]
        learned = self.learned([kept, *parts])
        moves = zip(self.index.moves.values(), learned, strict=True)
        seen = [found for move, likely in moves if (found := self.seen(move, plain, spans, likely))]
        return tuple(sorted(seen, key=lambda found: found.span))

    def learned(self, texts: Sequence[str]) -> np.ndarray:
        """How likely each move is in each text, (moves, texts)."""
        known = features(texts, self.read_texts(texts), self.index.cue_words)
        return np.stack([recognise(known, weights)[:, 0] for weights in self.index.move_weights])

    def seen(self, move: Move, parts: Sequence[str], spans: Sequence[Span], learned: np.ndarray) -> Seen | None:
        """One move, where a phrase shows it or it is likely enough.

        `parts` are plain, at `spans`; `learned` is of the whole and of each of them.
        """
        for part, span in zip(parts, spans, strict=True):
            for rule in move.phrases:
                if see(rule, part):
                    return Seen(move.id, span, rule.id)
        open_to = np.array([move.needs is None or see(move.needs, part) is not None for part in parts])
        likely = learned[1:] * open_to
        least = self.rules.cutoffs.move if move.helps else self.rules.cutoffs.move_against
        if max(likely.max(), learned[0] * open_to.any()) < least:
            return None
        return Seen(move.id, spans[int(likely.argmax())], move.id)
