"""An utterance → the language it is in, where that is surely not English. The one door to py3langid."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

ENGLISH = "en"
BESIDE = frozenset({ENGLISH, "it", "pt", "nl"})  # told apart too, so that none of them is taken for a neighbour


@cache
def identifier(languages: frozenset[str]) -> Any:
    """What tells these languages apart, by the letters that follow each other (Lui and Baldwin, 2012)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    made.set_languages(sorted(languages))
    return made


def language_of(text: str, known: Collection[str], least: float) -> str:
    """Which of the `known` languages (ISO 639-1) a text is in, if it is `least` likely, 0 to 1; else ""."""
    language, likely = identifier(BESIDE | frozenset(known)).classify(text)
    return str(language) if language in known and likely >= least else ""
