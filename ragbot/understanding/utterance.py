"""What was typed, and what the rules of dialogue see in it, each looked for once."""

from __future__ import annotations

from collections.abc import Mapping

from ragbot.phrases import see
from ragbot.types import PhraseRule, Seen
from ragbot.words import folded


class Utterance:
    """An utterance as typed (`text`) and in plain letters (`plain`, offsets kept)."""

    def __init__(self, text: str, rules: Mapping[str, PhraseRule]) -> None:
        """`rules`: those of dialogue.yaml by id."""
        self.text, self.plain = text, folded(text)
        self._rules = rules
        self._seen: dict[str, Seen | None] = {}

    def sees(self, rule: str) -> Seen | None:
        """The first place where this rule fires, or None."""
        if rule not in self._seen:
            self._seen[rule] = see(self._rules[rule], self.plain)
        return self._seen[rule]

    def seen(self, *rules: str) -> tuple[Seen, ...]:
        """What these rules see, one place each."""
        return tuple(filter(None, map(self.sees, rules)))

    def shows(self, rule: str) -> bool:
        """Whether this rule fires."""
        return self.sees(rule) is not None
