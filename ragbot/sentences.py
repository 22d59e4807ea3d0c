"""Running text → spans of whole sentences. Never splits inside parentheses, nor after "et al."."""

from __future__ import annotations

import re
from functools import cache

from ragbot.types import Span

# A boundary that nupunkt misses: a full stop after a lower-case word or bracket, before a capitalised word and
# more text ("works. Across 43 studies"); never after an abbreviation or an initial.
MISSED = re.compile(r"(?<=[a-z)\]”\"]{2}[.?!])\s+(?=[A-Z][a-z]+\s)")
ABBREVIATION = re.compile(
    r"(?:\b(?:al|cf|vs|e\.g|i\.e|etc|pp?|vol|eds?|dr|mr|mrs|ms|prof|no|fig|approx)|\b[A-Z])\.$", re.I
)
MARKS = re.compile(r"[*$_]")
TAIL = 12  # characters that an abbreviation is looked for in
TITLE_WORDS = 4  # a run-in title ("Rigidity.", "Note.") has at most so many words and belongs to what follows


@cache
def _segmenter():  # type: ignore[no-untyped-def]
    import nupunkt

    return nupunkt.sent_spans


def _balanced(text: str) -> bool:
    return text.count("(") <= text.count(")") and text.count("“") <= text.count("”") and text.count('"') % 2 == 0


def _boundaries(text: str) -> list[int]:
    """Ends of the sentences of a text whose markup has been blanked out."""
    ends = [end for _, end in _segmenter()(text)]
    ends += [match.start() for match in MISSED.finditer(text)]
    return sorted({*ends, len(text)})


def split_sentences(text: str) -> list[Span]:
    """The sentences of a paragraph, as spans without outer white space, in order and without gaps in between.

    Emphasis marks and dollar signs are blanked for the decision only; offsets are those of `text`.
    """
    bare = MARKS.sub(" ", text)
    spans: list[Span] = []
    start = 0
    for end in _boundaries(bare):
        piece = bare[start:end]
        if not piece.strip():
            continue
        last = end == len(text)
        if not last and (ABBREVIATION.search(piece.rstrip()[-TAIL:]) or not _balanced(piece)):
            continue
        stripped = text[start:end]
        begin = start + len(stripped) - len(stripped.lstrip())
        spans.append(Span(begin, start + len(stripped.rstrip())))
        start = end
    return _with_title(text, spans)


def _with_title(text: str, spans: list[Span]) -> list[Span]:
    """Join a run-in title to the sentence behind it."""
    if len(spans) < 2 or len(text[slice(*spans[0])].split()) > TITLE_WORDS:
        return spans
    return [Span(spans[0].start, spans[1].end), *spans[2:]]
