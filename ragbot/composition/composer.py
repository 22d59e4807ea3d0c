"""What composing needs: the index and its packs' knowledge, the rules, and the wording of responses.yaml."""

from __future__ import annotations

from dataclasses import dataclass

from ragbot.index import Index
from ragbot.rules import Rules
from ragbot.types import Lead, Remark, Topic


@dataclass(frozen=True, slots=True)
class Composer:
    """What composing needs: the index and its packs' knowledge, the rules, and the reader's region, "" if not known."""

    index: Index
    rules: Rules
    region: str = ""

    @property
    def topics(self) -> dict[str, Topic]:
        return self.index.topics

    @property
    def leads(self) -> dict[str, Lead]:
        return self.index.leads

    @property
    def noun(self) -> str:
        return self.index.packs[0].noun if len(self.index.packs) == 1 else "text"

    def say(self, group: str, name: str, **words: str) -> str:
        """A sentence of responses.yaml, its blanks filled."""
        return str(getattr(self.rules.responses, group)[name].format(noun=self.noun, **words))

    def remark(self, name: str, **words: str) -> Remark:
        return Remark(self.say("remarks", name, **words), name)
