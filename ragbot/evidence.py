"""Hits → Evidence: which sentences are quoted, whole and verbatim, where they stand and what they cite.

Never shortens a sentence; takes in the sentence before where the first leans on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ragbot.index import Index
from ragbot.types import CitationState, Document, Evidence, Grain, Hit, Passage, PassageKind, Place, Span

# A sentence that begins so cannot be understood without the one before it.
LEANS = re.compile(
    r"(it|its|it's|this|that|these|those|they|their|such|both|either way|by contrast|in contrast|however|therefore|"
    r"thus|further|moreover|indeed|in fact|in short|but|and|even better|put differently|as a consequence|"
    r"unfortunately|fortunately|ironically|that is|here)\b",
    re.I,
)
AUTHOR = re.compile(r",|\s\(")  # what ends the first author of an entry
SIGNAL = re.compile(r"^(?:see(?: also)?|e\.g\.|cf\.|for example|for instance)[,:]?\s+", re.I)  # before a cited work
REACH = 2  # how many sentences before may be taken in


def leans(passage: Passage) -> bool:
    """Whether a sentence leans on the one before it."""
    return passage.kind in (PassageKind.PROSE, PassageKind.LIST_ITEM) and bool(LEANS.match(passage.text.lstrip('“"(')))


def neighbours(index: Index, passage: Passage) -> list[Passage]:
    """The sentence passages of a passage's place, in order."""
    return index.sentences.get((passage.document, passage.place), [passage])


def whole(document: Document, first: Passage, last: Passage) -> tuple[Span, ...]:
    """The spans from the start of one sentence to the end of another of the same block, layout left out."""
    start, end = first.spans[0].start, last.spans[-1].end
    block = next((b for b in document.blocks if any(s.start <= start < s.end for s in b.spans)), None)
    if block is None:
        return (Span(start, end),)
    return tuple(Span(max(start, s.start), min(end, s.end)) for s in block.spans if s.start < end and s.end > start)


def cited_works(document: Document, spans: Sequence[Span]) -> tuple[str, ...]:
    """The entries that a quote cites, in order; all of them where a citation is ambiguous, none where it is missing."""
    entries = [
        entry
        for citation in document.citations
        if citation.state is not CitationState.MISSING and any(a <= citation.span.start < b for a, b in spans)
        for entry in citation.entries
    ]
    return tuple(document.references[entry].text for entry in dict.fromkeys(entries))


def citations_in(document: Document, spans: Sequence[Span]) -> tuple[str, ...]:
    """The works cited in these words, as they are cited there, each once.

    Where only the year stands in brackets ("Rogers (1980)"), the first author comes from the entry.
    """
    found = []
    for citation in document.citations:
        if any(a <= citation.span.start < b for a, b in spans):
            words = SIGNAL.sub("", " ".join(document.text[slice(*citation.span)].split()))
            if not any(char.isalpha() for char in words):
                entry = next((document.references[entry].text for entry in citation.entries), "")
                words = ", ".join(filter(None, (AUTHOR.split(entry)[0].strip("-*• ."), citation.year)))
            found.append(words)
    return tuple(dict.fromkeys(found))


def quote(index: Index, passages: Sequence[Passage], score: float) -> Evidence:
    """One quote from sentences of one place: all from the first to the last, and what the first leans on."""
    first = min(passages, key=lambda passage: passage.position)
    last = max(passages, key=lambda passage: passage.spans[-1].end)
    around = neighbours(index, first)
    position = around.index(first) if first in around else 0
    reach = 0
    while position > 0 and reach < REACH and leans(around[position]):
        position, reach = position - 1, reach + 1
    first = around[position] if around else first
    document = index.documents[first.document]
    spans = whole(document, first, last)
    return Evidence(
        quote=document.words(spans),
        spans=spans,
        document=document.id,
        section=first.section,
        locator=first.locator,
        references=cited_works(document, spans) if first.kind is not PassageKind.REFERENCE else (first.text,),
        score=round(score, 4),
        kind=first.kind,
        place=first.place,
        cites=citations_in(document, spans) if first.kind in (PassageKind.PROSE, PassageKind.LIST_ITEM) else (),
    )


def holds(item: Evidence | Place, passage: Passage | Evidence) -> bool:
    """Whether a quote, or a place of one, contains a passage or another quote."""
    return item.document == passage.document and all(
        any(a <= start and end <= b for a, b in item.spans) for start, end in passage.spans
    )


def quotes_of(index: Index, passages: Iterable[Passage], score: float) -> tuple[Evidence, ...]:
    """One quote for each run of neighbouring sentences among the passages; places in order of first mention.

    Sentences of a place with at most one sentence between them are one run.
    """
    places: dict[tuple[str, int], list[Passage]] = {}
    for passage in passages:
        places.setdefault((passage.document, passage.place), []).append(passage)
    found = []
    for group in places.values():
        order = neighbours(index, group[0])
        runs: list[list[Passage]] = []
        for passage in sorted(set(group), key=lambda p: p.position):
            near = bool(runs) and passage in order and runs[-1][-1] in order
            if near and order.index(passage) - order.index(runs[-1][-1]) <= 2:
                runs[-1].append(passage)
            else:
                runs.append([passage])
        found += [quote(index, run, score) for run in runs]
    return tuple(found)


def with_items(index: Index, quotes: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The quotes, each that leads in a list followed by the first sentence of every item of that list."""
    found: list[Evidence] = []
    for item in quotes:
        found.append(item)
        document = index.documents[item.document]
        lead_in = next((n for n, b in enumerate(document.blocks) if b.spans[-1].end == item.spans[-1].end), None)
        starts = [b.spans[0].start for b in document.blocks if lead_in is not None and b.lead_in == lead_in]
        for start in starts:
            passage = next(p for p in index.passages if p.document == document.id and p.spans[0].start == start)
            found.append(quote(index, [passage], item.score))
    return tuple(found)


def select_evidence(
    index: Index, hits: Sequence[Hit], taken: Sequence[Evidence], count: int, share: float, words: int
) -> tuple[Evidence, ...]:
    """Up to `count` further quotes from the best hits, each at least `share` of the best one's score.

    Nothing that overlaps a quote already taken; one quote for each place; none with which more than so many `words`
    would be quoted in all.
    """
    chosen: list[Evidence] = []
    left = words - sum(item.length for item in taken)
    sentences = [hit for hit in hits if hit.passage.grain is Grain.SENTENCE]
    for hit in sentences:
        if len(chosen) >= count or hit.score < share * sentences[0].score:
            break
        if any(hit.passage.document == e.document and hit.passage.place == e.place for e in (*taken, *chosen)):
            continue
        found = quote(index, [hit.passage], hit.score)
        if found.length <= left:
            chosen.append(found)
            left -= found.length
    return tuple(chosen)
