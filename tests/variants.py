"""Ten mechanical ways in which the same message may be typed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Variant = Callable[[str], str]


def swapped(text: str) -> str:
    """Two letters of one longer word change places."""
    words = list(re.finditer(r"[^\W\d_]{5,}", text))
    if not words:
        return text
    start = random.Random(text).choice(words).start() + 1
    return text[:start] + text[start + 1] + text[start] + text[start + 2 :]


def dropped(text: str) -> str:
    """A letter within one longer word is left out."""
    words = list(re.finditer(r"[^\W\d_]{5,}", text))
    if not words:
        return text
    middle = random.Random(text[::-1]).choice(words).start() + 2
    return text[:middle] + text[middle + 1 :]


def told_of_the_past(text: str) -> str:
    """A few common verbs in the past tense: what is recent stays so."""
    return replaced(text, {"says": "said", "tells": "told", "has": "had", "is": "was", "wants": "wanted"})


def told_of_another(text: str) -> str:
    """ "My client" becomes a supervisee's."""
    return replaced(text, {"My client": "My supervisee's client", "my client": "my supervisee's client"})


def replaced(text: str, words: dict[str, str]) -> str:
    """A text in which each of these words is another."""
    return re.sub(rf"\b({'|'.join(words)})\b", lambda match: words[match.group()], text)


VARIANTS: dict[str, Variant] = {
    "lower case": str.lower,
    "capitals": str.upper,
    "no punctuation": lambda text: re.sub(r"[^\w\s'’]", "", text),
    "double spaces": lambda text: text.replace(" ", "  "),
    "line breaks": lambda text: re.sub(r"(?<=[.?!]) ", "\n\n", text),
    "letters swapped": swapped,
    "a letter dropped": dropped,
    "past tense": told_of_the_past,
    "of another": told_of_another,
    "typographic signs": lambda text: text.replace("'", "’").replace(" - ", " – "),
}
