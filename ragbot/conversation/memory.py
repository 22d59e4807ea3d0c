"""Conversations in memory. Bounded in count, length and age; the oldest goes first. Nothing is written to disk."""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from threading import Lock

from ragbot.conversation.turns import UNKNOWN, Conversation, Turn, conversation_of
from ragbot.errors import UnknownConversation

MOST = 1000  # conversations kept
TURNS = 100  # turns kept of each
AGE = 12 * 3600.0  # seconds since it was last used after which a conversation is forgotten


class KeptInMemory:
    """The conversations of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, deque[Turn]] = OrderedDict()  # the one used longest ago first
        self._used: dict[str, float] = {}
        self._lock = Lock()

    def open(self, id: str | None) -> Conversation:
        with self._lock:
            self._forget_old()
            if id is None:
                id = uuid.uuid4().hex
                self._kept[id] = deque(maxlen=TURNS)
            turns = self._turns(id)
            self._kept.move_to_end(id)
            self._used[id] = self._clock()
            while len(self._kept) > MOST:
                self._drop(next(iter(self._kept)))
            pasts = [past for turn in turns for past in turn.pasts]
            return conversation_of(id, pasts, turns[-1].reply if turns else None)

    def add(self, id: str, turn: Turn) -> None:
        with self._lock:
            if id in self._kept:
                self._kept[id].append(turn)

    def turns(self, id: str) -> tuple[Turn, ...]:
        with self._lock:
            self._forget_old()
            return tuple(self._turns(id))

    def rules(self) -> Iterator[tuple[str, ...]]:
        with self._lock:
            turns = [turn for kept in self._kept.values() for turn in kept]
        return (turn.rules for turn in turns)

    def forget(self, id: str) -> None:
        with self._lock:
            self._turns(id)
            self._drop(id)

    def _turns(self, id: str) -> deque[Turn]:
        if id not in self._kept:
            raise UnknownConversation(UNKNOWN)
        return self._kept[id]

    def _forget_old(self) -> None:
        oldest = self._clock() - AGE
        for id in [id for id, used in self._used.items() if used < oldest]:
            self._drop(id)

    def _drop(self, id: str) -> None:
        del self._kept[id], self._used[id]
