"""What can go wrong, each as one clear line for a person: what, where, and the command that mends it.

Raised anywhere, caught only at the edges (command line, server, notebook).
"""

from __future__ import annotations

import traceback
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def place_of(error: BaseException) -> str:
    """What went wrong unforeseen, and the last place of this package on its way: "ValueError at rendering.py:31".

    Never the error's own words, which may hold what somebody asked.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    last = (own or frames)[-1]
    path = Path(last.filename)
    name = path.relative_to(PACKAGE).as_posix() if own else path.name
    return f"{type(error).__name__} at {name}:{last.lineno}"


class RagbotError(Exception):
    """Base of every error a user may see; `str(error)` is the whole message, on one line."""


class SettingsError(RagbotError):
    """A setting in the environment that cannot be used."""


class SourceError(RagbotError):
    """A text that cannot be read: not a file, empty, not UTF-8, not text, of an unknown type."""


class PackError(RagbotError):
    """A pack whose files are wrong: an unknown key, a missing file, a value of another type."""


class RuleError(RagbotError):
    """A rule file of the engine that is wrong, every fault named together."""


class EncoderError(RagbotError):
    """An encoder that cannot be loaded, or whose weights are not the pinned ones."""


class IndexMissing(RagbotError):
    """No index has been published at this place yet."""


class IndexDamaged(RagbotError):
    """A file of the index is absent or differs from its checksum in the manifest."""


class IndexMismatch(RagbotError):
    """The index was built from other sources, with another encoder or another version of the code."""


class MessageError(RagbotError):
    """A message that is empty or too long."""


class UnknownConversation(RagbotError):
    """No conversation of that id is known (forgotten, expired, or never begun)."""


class StoreError(RagbotError):
    """A store of conversations that cannot be opened or used, or that a later version wrote."""
