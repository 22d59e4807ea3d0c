"""Document and passages → the places where a source disagrees with itself. Derived, never typed in.

Three kinds: a figure in the text where the table's cell is blank ("blank"); a figure in the text that differs from the
cell ("figure"); a range that the text ascribes to a table whose figures reach further or less far ("range").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragbot.types import Conflict, Document, Grain, Measure, Passage, PassageKind, TableRow
from ragbot.words import decimal, stems

FIGURE = re.compile(
    r"(?<![A-Za-z])([rdg])\b[)$*]*\s*(?:=|of)\s*\$?(\d?\.\d+)"
)  # "d = 0.57", "an effect size (d) of .61"
RANGE = re.compile(r"(?<![\d.])(\d?\.\d+)\s*[–-]\s*(\d?\.\d+)")
STUDIES = re.compile(r"(\d[\d,]*) (?:\w+[- ]){0,3}(?:studies|trials)")
MEASURES = {"r": Measure.CORRELATION, "d": Measure.DIFFERENCE, "g": Measure.DIFFERENCE}
SHARE = 0.6  # of a row label's words that must stand in a sentence, the one before it, or its headings


def find_conflicts(document: Document, passages: Sequence[Passage]) -> tuple[Conflict, ...]:
    """The places where a document's text and its tables disagree, in the order of the text."""
    own = [passage for passage in passages if passage.document == document.id and passage.grain is Grain.SENTENCE]
    ids = {passage.spans[0]: passage.id for passage in own if passage.kind is PassageKind.TABLE_ROW}
    rows = [(row, ids[row.span]) for table in document.tables for row in table.rows if row.span in ids]
    found: list[Conflict] = []
    before = ""
    for passage in own:
        if passage.kind in (PassageKind.PROSE, PassageKind.LIST_ITEM):
            found += against_cells(passage, before, rows)
            found += against_tables(passage, document, rows)
            before = passage.text
    return tuple(found)


def against_cells(passage: Passage, before: str, rows: Sequence[tuple[TableRow, str]]) -> list[Conflict]:
    """Figures of one sentence that the table's cell for the same thing lacks or has otherwise."""
    found = []
    for sign, value in FIGURE.findall(passage.text):
        row = row_meant(passage, before, [row for row, _ in rows])
        measure = MEASURES[sign]
        if row is None or not any(cell.measure is measure for cell in row.cells):
            continue
        cell = row.cell(measure)
        numbers = [decimal(part) for part in re.findall(r"\d*\.\d+", cell.text)] if cell else []
        if decimal(value) in numbers or len(numbers) > 1:
            continue
        where = next(name for other, name in rows if other is row)
        kind = "figure" if cell else "blank"
        printed = (cell.text,) if cell else ()
        found.append(Conflict(kind, row.label, measure, (value,), printed, (passage.id,), (where,)))
    return found


def row_meant(passage: Passage, before: str, rows: Sequence[TableRow]) -> TableRow | None:
    """The one row that a sentence speaks of: most of its label's words stand there, one of them in the heading.

    The row's number of studies in the sentence does as well as the heading, and decides between rows.
    """
    heading = set(stems(" ".join(passage.section[-1:]), stop=True))
    near = heading | set(stems(f"{passage.text} {before}", stop=True))
    counts = {number.replace(",", "") for number in STUDIES.findall(passage.text)}
    scored = []
    for row in rows:
        label = set(stems(row.label, stop=True))
        counted = studies_of(row) in counts
        share = len(near & label) / max(len(label), 1)
        if share >= SHARE and (counted or heading & label):
            scored.append((share + counted, row))
    best = max((score for score, _ in scored), default=0.0)
    meant = [row for score, row in scored if score == best]
    return meant[0] if len(meant) == 1 else None


def studies_of(row: TableRow) -> str | None:
    """A row's number of studies without signs, None where it has no such cell."""
    cell = row.cell(Measure.STUDIES)
    return re.sub(r"\D", "", cell.text) if cell else None


def against_tables(passage: Passage, document: Document, rows: Sequence[tuple[TableRow, str]]) -> list[Conflict]:
    """A range that a sentence ascribes to a table by name, where the table's own smallest and largest differ."""
    found = []
    for table in document.tables:
        match = RANGE.search(passage.text)
        if not match or table.name not in passage.text or STUDIES.search(passage.text):
            continue
        own = [(row, name) for row, name in rows if row in table.rows]
        for measure in (Measure.DIFFERENCE, Measure.CORRELATION):
            cells = [(decimal(cell.text), name, cell.text) for row, name in own if (cell := row.cell(measure))]
            values = sorted((value, name, text) for value, name, text in cells if value is not None)
            if not values:
                continue
            low, high = values[0], values[-1]
            if (decimal(match[1]), decimal(match[2])) != (low[0], high[0]):
                said, printed = (match[1], match[2]), (low[2], high[2])
                found.append(Conflict("range", table.name, measure, said, printed, (passage.id,), (low[1], high[1])))
            break
    return found
