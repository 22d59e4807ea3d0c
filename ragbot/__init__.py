"""ragbot: cited conversation about the evidence in a text, on your own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragbot.notebook import Ragbot as Ragbot

__version__ = "0.1.0"
__all__ = ["Ragbot", "__version__"]


def __getattr__(name: str) -> Any:
    """Load `Ragbot` when it is first asked for: `import ragbot` itself loads nothing heavy."""
    if name == "Ragbot":
        from ragbot.notebook import Ragbot

        return Ragbot
    raise AttributeError(f"module 'ragbot' has no attribute '{name}'")
