"""Conversations: what was said before, so that an elliptic question can be read.

In memory (memory.py) unless a database is named (database.py); text is written down nowhere else.
"""

from __future__ import annotations

from ragbot.conversation.memory import AGE, MOST, TURNS, KeptInMemory
from ragbot.conversation.turns import ANEW, Conversation, Conversations, Turn, running

__all__ = [
    "AGE",
    "ANEW",
    "MOST",
    "TURNS",
    "Conversation",
    "Conversations",
    "KeptInMemory",
    "Turn",
    "open_conversations",
    "running",
]


def open_conversations(url: str, days: float) -> Conversations:
    """Where conversations are kept: in memory where `url` is empty, else in the database it names, for `days` each.

    Raises StoreError where it cannot be opened, or was written by a later version.
    """
    if not url:
        return KeptInMemory()
    from ragbot.conversation.database import KeptInDatabase

    return KeptInDatabase(url, days)
