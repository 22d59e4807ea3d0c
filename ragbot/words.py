"""Text → the word stems that lexical search, anchors and term matching compare. English (Snowball)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
STOP = frozenset(
    """a about above after again all also am an and any are as at be been being but by can could did do does doing
    down for from further had has have having he her here hers him his how i if in into is it its itself just me more
    most my no nor not of off on once only or other our out over own s same she should so some such t than that the
    their them then there these they this those through to too under until up us very was we were what when where
    which while who whom why will with would you your""".split()
)


BRITISH = (  # spellings → American ones; what is changed beside them is changed everywhere alike
    (re.compile(r"(?<=\w{3})our(?=(s|ed|ing|able|al|ite|ful|less|er|ers|hood)?$)"), "or"),
    (re.compile(r"(?<=\w{4})is(?=(e|es|ed|er|ers|ing|able|ations?)$)"), "iz"),
    (re.compile(r"^(counsel|channel|cancel|travel|signal|model|label)l(?=ed|ing|or|er)"), r"\1"),
    (re.compile(r"(?<=program)me(?=s?$)"), ""),
    (re.compile(r"(?<=cent)re(?=s?$)"), "er"),
)


@cache
def _stemmer():  # type: ignore[no-untyped-def]
    import Stemmer

    return Stemmer.Stemmer("english")


def plain(text: str) -> str:
    """Lower case, accents and typographic signs reduced: "Flückiger’s" is "fluckiger's"."""
    text = text.replace("’", "'").replace("‘", "'").replace("–", "-").replace("—", "-")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def folded(text: str) -> str:
    """Plain lower-case text with offsets kept: one character for one character."""
    return "".join((plain(char) or " ")[0] for char in text)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one word, in American spelling; numbers without thousands separators: "30,000" is "30000"."""
    if word[0].isdigit():
        return word.replace(",", "")
    word = word.removesuffix("'s").replace("'", "")
    for spelling, american in BRITISH:
        word = spelling.sub(american, word)
    return str(_stemmer().stemWord(word))


def stems(text: str, stop: bool = False) -> list[str]:
    """The stems of a text in order. With `stop`, function words are left out."""
    words = WORD.findall(plain(text))
    return [stem(word) for word in words if not (stop and word in STOP)]


def decimal(text: str) -> float | None:
    """A decimal as a number, ".57" and "0.57" the same; None for anything else."""
    return float(text) if re.fullmatch(r"\d*\.\d+", text.strip()) else None
