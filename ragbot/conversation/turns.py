"""A conversation and its turns, and what keeps them. A turn is added and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ragbot.types import Intent, Past, Reply, Stage, Status, Step

ANEW = Past(Intent.SMALLTALK, (), ())  # what came before is set aside from here on
UNKNOWN = "no such conversation; leave conversation_id out to begin a new one"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message as typed but for what may identify a person, its reply, and the rules that had a part in it.

    pasts: what a later question may go on with: one of each question asked that was answered. step: of a guided
    reflection, where it was one.
    """

    message: str
    reply: Reply
    pasts: tuple[Past, ...] = ()
    rules: tuple[str, ...] = ()
    step: Step | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it stood when it was opened.

    thread: what a question may go on with, oldest first. offers: the questions that the last reply suggested. asked:
    the kind of question that it asked back about, where it did.
    """

    id: str
    thread: tuple[Past, ...] = ()
    offers: tuple[str, ...] = ()
    asked: Intent | None = None


def conversation_of(id: str, pasts: Sequence[Past], last: Reply | None) -> Conversation:
    """A conversation of everything that was asked in it and its last reply; after a new start, of what came later."""
    begun = max((number for number, past in enumerate(pasts, 1) if past == ANEW), default=0)
    asked = Intent(last.intent) if last and last.status is Status.CLARIFY else None
    return Conversation(id, tuple(pasts[begun:]), last.suggestions if last else (), asked)


def running(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns of the guided reflection that is under way, what happened first; none where none is."""
    steps: list[Turn] = []
    for turn in turns:
        if ANEW in turn.pasts or (turn.step and turn.step.stage is Stage.ENDED):
            steps = []
        elif turn.step and (steps or turn.step.stage is Stage.TOLD):  # what was told may have made room by now
            steps = [turn] if turn.step.moment else [*steps, turn]
    return tuple(steps)


class Conversations(Protocol):
    """What keeps conversations. Safe to share between threads."""

    def open(self, id: str | None) -> Conversation:
        """The conversation of that id, or a new one. Raises UnknownConversation."""

    def add(self, id: str, turn: Turn) -> None:
        """Add a turn; nothing where the conversation was forgotten meanwhile."""

    def turns(self, id: str) -> tuple[Turn, ...]:
        """The turns kept of a conversation, oldest first. Raises UnknownConversation."""

    def rules(self) -> Iterator[tuple[str, ...]]:
        """The rules that had a part in each turn kept."""

    def forget(self, id: str) -> None:
        """Forget a conversation for good. Raises UnknownConversation."""
