"""The Python face: `from ragbot import Ragbot`."""

from __future__ import annotations

from pathlib import Path

from ragbot.chatbot import Chatbot
from ragbot.opening import open_chatbot
from ragbot.settings import read_settings
from ragbot.types import Hit, Mode, Reply


class Conversation:
    """A conversation that remembers: of questions, or a guided reflection, in which questions are answered too."""

    def __init__(self, chatbot: Chatbot, mode: Mode = Mode.ASK) -> None:
        self._chatbot, self.mode = chatbot, mode
        self.id: str | None = None

    def ask(self, message: str) -> Reply:
        """The next reply."""
        reply = self._chatbot.ask(message, self.id, self.mode)
        self.id = reply.conversation_id
        return reply


class Ragbot:
    """Questions to an index, from Python. `index`: its folder; without, the settings' one."""

    def __init__(self, index: str | Path | None = None) -> None:
        self.chatbot = open_chatbot(read_settings(index))

    def ask(self, message: str) -> Reply:
        """The reply to one question. Raises MessageError."""
        return self.chatbot.ask(message)

    def search(self, text: str, k: int = 10) -> tuple[Hit, ...]:
        """Ranked passages, without composing."""
        return self.chatbot.search(text, k)

    def conversation(self) -> Conversation:
        """A new conversation."""
        return Conversation(self.chatbot)

    def reflect(self) -> Conversation:
        """A guided reflection: tell what happened, then what you would try; "done" gives the page to keep."""
        return Conversation(self.chatbot, Mode.REFLECT)

    def __repr__(self) -> str:
        titles = ", ".join(document.title for document in self.chatbot.index.documents.values())
        return f"Ragbot({titles}; index {self.chatbot.index.id}, {len(self.chatbot.index.passages)} passages)"
