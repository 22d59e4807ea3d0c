"""The Python face: `from ragbot import Ragbot`."""

from __future__ import annotations

from pathlib import Path

from ragbot.build import build_index, changed_sources
from ragbot.chatbot import Chatbot
from ragbot.embedding import load_encoder
from ragbot.errors import IndexMismatch, IndexMissing
from ragbot.index import REBUILD, Index, open_index
from ragbot.settings import Settings, read_settings
from ragbot.types import Hit, Reply


def ready_index(settings: Settings, say: object = print) -> Index:
    """The published index, built first where there is none yet.

    Raises IndexDamaged, and IndexMismatch where a source changed since it was built.
    """
    speak = say if callable(say) else print
    try:
        index = open_index(settings.index)
    except IndexMissing:
        speak(f"no index at {settings.index} yet; building it, once")
        build_index(settings, load_encoder(settings.encoder, 2))
        index = open_index(settings.index)
    changed = [line for line in changed_sources(settings, index.manifest) if "changed" in line]
    if changed:
        raise IndexMismatch(f"{changed[0]}; {REBUILD}")
    return index


def open_chatbot(settings: Settings, say: object = print) -> Chatbot:
    """A chatbot over the published index, with the encoder it was built with. Raises RagbotError."""
    index = ready_index(settings, say)
    return Chatbot(index, load_encoder(index.manifest.encoder, settings.threads))


class ConversationFace:
    """A conversation that remembers."""

    def __init__(self, chatbot: Chatbot) -> None:
        self._chatbot = chatbot
        self.id: str | None = None

    def ask(self, message: str) -> Reply:
        """The next reply."""
        reply = self._chatbot.ask(message, self.id)
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

    def conversation(self) -> ConversationFace:
        """A new conversation."""
        return ConversationFace(self.chatbot)

    def __repr__(self) -> str:
        titles = ", ".join(document.title for document in self.chatbot.index.documents.values())
        return f"Ragbot({titles}; index {self.chatbot.index.id}, {len(self.chatbot.index.passages)} passages)"
