"""The lines of a table → typed rows. A blank cell stays blank, a range stays a range."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragbot.documents.layout import TableGroup, plain
from ragbot.types import Block, Cell, Measure, Span, Table, TableRow

NUMERIC = re.compile(r"[-–−]?[\d.,]++\s*+%?+(?!\s*(?:CI|confidence)\b)")  # not the heading "95% CI"
MEASURES = (
    (Measure.STUDIES, re.compile(r"\bk\b")),
    (Measure.SAMPLE, re.compile(r"\bN\b")),
    (Measure.CORRELATION, re.compile(r"\br\b")),
    (Measure.DIFFERENCE, re.compile(r"\b[dg]\b")),
    (Measure.STRENGTH, re.compile(r"strength|grade|certainty|quality", re.I)),
)


def cells_of(text: str, line: Span) -> list[tuple[str, Span | None]]:
    """The cells of a line, each with its span (None where blank)."""
    cells, start, words = [], line.start, text[slice(*line)]
    sign = "\t" if "\t" in words else "|"
    if sign == "|" and words.startswith(sign):
        start, words = start + 1, words[1:]
    for part in words.removesuffix("|").split(sign):
        inner = part.strip()
        begin = start + len(part) - len(part.lstrip())
        cells.append((inner, Span(begin, begin + len(inner)) if inner else None))
        start += len(part) + 1
    return cells


def is_header(cells: Sequence[tuple[str, Span | None]]) -> bool:
    """A line without a single numeric cell."""
    return not any(NUMERIC.match(cell) for cell, _ in cells[1:])


def columns_of(header: Sequence[Sequence[tuple[str, Span | None]]]) -> list[str]:
    """Column names from one or more header lines; a heading that spans columns is carried to the right."""
    width = max(map(len, header), default=0)
    names = [""] * width
    for depth, cells in enumerate(header):
        last = ""
        for column in range(width):
            cell = plain(cells[column][0]) if column < len(cells) else ""
            below = any(column < len(line) and line[column][0] for line in header[depth + 1 :])
            last = cell or (last if below else "")
            names[column] = f"{names[column]} {last}".strip()
    return names


def measure_of(column: str) -> Measure | None:
    """What a column holds, by the symbol or word in its heading."""
    return next((measure for measure, pattern in MEASURES if pattern.search(column)), None)


def footnote(text: str, cell: str, notes: Sequence[Span]) -> Span | None:
    """The table note that begins with the mark the cell ends with."""
    mark = re.search(r"[*†‡]$", cell)
    return next((note for note in notes if mark and text[slice(*note)].lstrip("\\").startswith(mark.group())), None)


def read_table(text: str, group: TableGroup, blocks: Sequence[Block]) -> Table:
    """A table's rows. Lines before the first with a number are its header."""
    lines = [cells_of(text, line) for line in group.lines]
    first = next((n for n, cells in enumerate(lines) if not is_header(cells)), 1)
    columns = columns_of(lines[:first])
    caption = blocks[group.caption].spans[0] if group.caption is not None else None
    match = re.match(r"Table\s+[\dA-Z](?:[\d.]*\d)?", text[slice(*caption)]) if caption else None
    name = match.group() if match else "Table"
    notes = [blocks[note].spans[0] for note in group.notes]
    rows = []
    for line, cells in zip(group.lines[first:], lines[first:], strict=True):
        values = tuple(
            Cell(column, measure_of(column), cell, span, footnote(text, cell, notes))
            for column, (cell, span) in zip(columns[1:], cells[1:], strict=False)
        )
        start = line.start + len(text[slice(*line)]) - len(text[slice(*line)].lstrip())
        rows.append(TableRow(name, plain(cells[0][0]), values, Span(start, line.end), group.section))
    header = tuple(
        Span(line.start + len(text[slice(*line)]) - len(text[slice(*line)].lstrip()), line.end)
        for line in group.lines[:first]
    )
    return Table(name, header, tuple(rows), group.caption, tuple(group.notes))
