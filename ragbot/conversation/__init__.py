"""Conversations in memory: what was asked before, so that an elliptic question can be read. Nothing is written to disk.

Bounded in count, length and age; the oldest goes first.
"""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock

from ragbot.errors import UnknownConversation
from ragbot.types import Past, Query, Reply

MOST = 1000  # conversations kept
TURNS = 100  # turns kept of each
AGE = 12 * 3600.0  # seconds since its last turn after which a conversation is forgotten


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was understood, its reply, and the rules that had a part in it.

    pasts: what a later question may go on with: one of each question asked that was answered.
    """

    query: Query
    reply: Reply
    pasts: tuple[Past, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(slots=True)
class Conversation:
    """A conversation: its turns, oldest first."""

    id: str
    turns: list[Turn] = field(default_factory=list)
    used: float = 0.0

    @property
    def thread(self) -> tuple[Past, ...]:
        """What a question may go on with, oldest first."""
        return tuple(past for turn in self.turns for past in turn.pasts)


class Conversations:
    """The conversations of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._lock = Lock()

    def open(self, id: str | None) -> Conversation:
        """The conversation of that id, or a new one. Raises UnknownConversation."""
        with self._lock:
            now = self._clock()
            for name in [name for name, kept in self._kept.items() if now - kept.used > AGE]:
                del self._kept[name]
            if id is None:
                id = uuid.uuid4().hex
                self._kept[id] = Conversation(id)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            if id not in self._kept:
                raise UnknownConversation("no such conversation; leave conversation_id out to begin a new one")
            self._kept.move_to_end(id)
            self._kept[id].used = now
            return self._kept[id]

    def add(self, conversation: Conversation, turn: Turn) -> None:
        """Add a turn; the oldest goes where there are too many."""
        with self._lock:
            conversation.turns.append(turn)
            del conversation.turns[:-TURNS]

    def rules(self) -> Iterator[tuple[str, ...]]:
        """The rules that had a part in each turn kept."""
        with self._lock:
            turns = [turn for kept in self._kept.values() for turn in kept.turns]
        return (turn.rules for turn in turns)

    def forget(self, id: str) -> None:
        """Forget a conversation for good. Raises UnknownConversation."""
        with self._lock:
            if self._kept.pop(id, None) is None:
                raise UnknownConversation("no such conversation")
