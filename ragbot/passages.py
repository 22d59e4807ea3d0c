"""Document → Passages: sentences, paragraphs, table rows, list items, notes and reference entries.

Never longer than the encoder reads. A passage's `text` is a reading form; its spans are the source's own words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

from ragbot.sentences import split_sentences
from ragbot.types import Block, BlockKind, Document, Grain, Passage, PassageKind, Span, TableRow

MARKUP = re.compile(r"\\(?=[*_$`†‡])|[*_$`]+|</?\w+>")
KINDS = {
    BlockKind.PROSE: PassageKind.PROSE,
    BlockKind.LIST_ITEM: PassageKind.LIST_ITEM,
    BlockKind.CAPTION: PassageKind.CAPTION,
    BlockKind.TABLE_NOTE: PassageKind.TABLE_NOTE,
    BlockKind.RESOURCE: PassageKind.RESOURCE,
}
WHOLE = (BlockKind.CAPTION, BlockKind.RESOURCE)  # not divided into sentences


def reading_form(text: str) -> str:
    """A text without markup, white space folded."""
    return re.sub(r"\s+", " ", MARKUP.sub("", text)).strip()


def cut(spans: Sequence[Span], part: Span) -> tuple[Span, ...]:
    """The spans, in the document, of a part of the text that these spans make when joined by a space."""
    found, offset = [], 0
    for start, end in spans:
        low, high = max(part.start, offset), min(part.end, offset + end - start)
        if low < high:
            found.append(Span(start + low - offset, start + high - offset))
        offset += end - start + 1
    return tuple(found)


def passage_id(document: str, place: str, text: str) -> str:
    """An id from place and content: 12 hexadecimal digits."""
    return hashlib.sha256("\0".join((document, place, text)).encode()).hexdigest()[:12]


def locator(document: Document, block: Block) -> str:
    """Where a block stands, for a person: "Overall, par. 2"."""
    title = document.sections[block.section].title if block.section >= 0 else document.title
    if block.kind in (BlockKind.CAPTION, BlockKind.TABLE_NOTE):
        position = document.blocks.index(block)
        table = next(table for table in document.tables if position == table.caption or position in table.notes)
        return f"{table.name}, {'caption' if block.kind is BlockKind.CAPTION else 'note'}"
    return f"{title}, {'par.' if block.kind is BlockKind.PROSE else 'item'} {block.number}"


def path_of(document: Document, section: int) -> tuple[str, ...]:
    return document.sections[section].path if section >= 0 else ()


def fitting(spans: Sequence[Span], words: str, limit: int, pieces: Callable[[str], int]) -> Iterator[Span]:
    """Runs of sentences of `words` that fit the limit; a sentence that does not fit is divided at white space."""
    first = last = None
    for sentence in spans:
        if pieces(words[slice(*sentence)]) > limit:
            if first is not None and last is not None:
                yield Span(first, last)
            first = last = None
            yield from _divided(sentence, words, limit, pieces)
            continue
        if first is not None and pieces(words[first : sentence.end]) > limit:
            yield Span(first, last or sentence.end)
            first = None
        first, last = (sentence.start if first is None else first), sentence.end
    if first is not None and last is not None:
        yield Span(first, last)


def _divided(sentence: Span, words: str, limit: int, pieces: Callable[[str], int]) -> Iterator[Span]:
    start, end = sentence
    while start < end:
        stop = end
        while pieces(words[start:stop]) > limit:
            half = words.rfind(" ", start + 1, start + (stop - start) * 3 // 4)
            stop = half if half > start else start + max(1, (stop - start) // 2)
        yield Span(start, stop)
        start = stop + (stop < end and words[stop] == " ")


def block_passages(
    document: Document, position: int, limit: int, pieces: Callable[[str], int]
) -> Iterator[tuple[Grain, tuple[Span, ...], str]]:
    """Grain, spans and reading form of each passage of a block; a list item is read with its lead-in."""
    block = document.blocks[position]
    words = document.words(block.spans)
    sentences = [Span(0, len(words))] if block.kind in WHOLE else split_sentences(words)
    before = ""
    if block.lead_in is not None:
        lead_in = document.words(document.blocks[block.lead_in].spans)
        before = reading_form(lead_in[slice(*split_sentences(lead_in)[-1])]) + " "
        if pieces(before) > limit // 2:
            before = ""
    room = limit - (pieces(before) if before else 0)
    for sentence in sentences:
        for part in fitting([sentence], words, room, pieces):
            yield Grain.SENTENCE, cut(block.spans, part), before + reading_form(words[slice(*part)])
    if len(sentences) > 1:
        for part in fitting(sentences, words, room, pieces):
            yield Grain.PARAGRAPH, cut(block.spans, part), before + reading_form(words[slice(*part)])


def row_text(row: TableRow) -> str:
    """A table row in words: "Label: # of studies (k) 82; …"."""
    cells = "; ".join(f"{cell.column} {cell.text}" for cell in row.cells if cell.text)
    return f"{row.label}: {cells}"


Piece = tuple[PassageKind, Grain, tuple[Span, ...], str, tuple[str, ...], str, int]  # … section, locator, place


def pieces_of(document: Document, limit: int, pieces: Callable[[str], int]) -> Iterator[Piece]:
    """What a document's passages are made of, in order: blocks, then table rows, then reference entries."""
    for position, block in enumerate(document.blocks):
        if block.kind is not BlockKind.BYLINE:
            where = path_of(document, block.section), locator(document, block), block.spans[0].start
            for grain, spans, text in block_passages(document, position, limit, pieces):
                yield KINDS[block.kind], grain, spans, text, *where
    for row in (row for table in document.tables for row in table.rows):
        where = path_of(document, row.section), f"{row.table}, row {row.label}", row.span.start
        words = row_text(row)
        for part in fitting([Span(0, len(words))], words, limit, pieces):
            yield PassageKind.TABLE_ROW, Grain.SENTENCE, (row.span,), words[slice(*part)], *where
    for number, entry in enumerate(document.references, 1):
        heading = next((s for s in reversed(document.sections) if s.span.start < entry.span.start), None)
        title, path = (heading.title, heading.path) if heading else ("References", ())
        for part in fitting([Span(0, len(entry.text))], entry.text, limit, pieces):
            text = reading_form(entry.text[slice(*part)])
            where = path, f"{title}, entry {number}", entry.span.start
            yield PassageKind.REFERENCE, Grain.SENTENCE, cut((entry.span,), part), text, *where


def split_passages(document: Document, limit: int, pieces: Callable[[str], int]) -> tuple[Passage, ...]:
    """Every passage of a document in its order; none over `limit` word pieces.

    `pieces` counts the word pieces of a text. Raises ValueError where the limit could not be kept.
    """
    found: dict[str, Passage] = {}
    for kind, grain, spans, text, section, where, place in pieces_of(document, limit, pieces):
        if pieces(text) > limit:
            raise ValueError(f"a passage of more than {limit} word pieces: {where}")
        key = passage_id(document.id, f"{where} {grain} {spans[0].start - place}", text)
        while key in found:  # the same words at a place of the same name
            key = passage_id(document.id, key, text)
        found[key] = Passage(key, document.id, kind, grain, spans, text, section, where, place, len(found))
    return tuple(found.values())
