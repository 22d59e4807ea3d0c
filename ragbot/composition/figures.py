"""Table rows → figure lines, comparisons, rankings. Values exactly as printed; nothing is converted or rounded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ragbot.evidence import quotes_of
from ragbot.index import Index
from ragbot.phrases import see
from ragbot.types import (
    Document,
    Evidence,
    FigureLine,
    Lead,
    Measure,
    Passage,
    PassageKind,
    PhraseRule,
    Query,
    Statement,
    TableRow,
    Topic,
    numbers_in,
)
from ragbot.words import plain

Say = Callable[..., str]
NUMBER_CELL = re.compile(r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)\s*[+*]?")  # "30,000 +", "0.28", not "0,28"
ROWS_OF_A_TOPIC = 2  # a topic of more rows is about the table, not about a row
ROWS_WITH_NOTES = 2  # beside more rows than these, what is blank or marked in each is left to the table
COUNT = re.compile(
    r"\b(?:top|bottom|first|last|rank|the) (?:the )?(two|three|four|five|ten|\d{1,2})\b(?!\.\d| elements?\b)"
)
WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
EFFECTS = (Measure.CORRELATION, Measure.DIFFERENCE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply opens with and rests on. `complete`: nothing more needs to be said before the quotes."""

    openings: tuple[Statement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    lines: tuple[Statement, ...] = ()
    figures: tuple[FigureLine, ...] = ()
    notes: tuple[Statement, ...] = ()
    leads: tuple[Lead, ...] = ()  # those among its openings
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A table row, the passage it is, and its document."""

    row: TableRow
    passage: Passage
    document: Document


def all_rows(index: Index) -> list[Row]:
    """Every row of every table, in order."""
    found = {(p.document, p.spans[0]): p for p in index.passages if p.kind is PassageKind.TABLE_ROW}
    return [
        Row(row, found[d.id, row.span], d) for d in index.documents.values() for table in d.tables for row in table.rows
    ]


def row_label(passage: Passage) -> str | None:
    """The label of the row that a passage is, in plain letters; None where it is no row."""
    return plain(passage.locator.partition(", row ")[2]) if passage.kind is PassageKind.TABLE_ROW else None


def rows_of(index: Index, topics: Mapping[str, Topic], query: Query, count: int = 2) -> list[Row]:
    """The rows of the topics that the question names; else of its strongest topic."""
    named = [*query.about] or [score.topic for score in query.topics[:1]]
    if query.topics and query.topics[0].topic not in named:
        named.insert(0, query.topics[0].topic)
    rows = all_rows(index)
    return rows_by_topic(rows, topics, named)[:count]


def rows_by_topic(rows: Sequence[Row], topics: Mapping[str, Topic], names: Sequence[str]) -> list[Row]:
    """The rows of topics, in the topics' order, each once."""
    found: list[Row] = []
    for name in names:
        labels = topics[name].rows
        if len(labels) <= ROWS_OF_A_TOPIC:
            found += [
                row for label in labels for row in rows if plain(row.row.label) == plain(label) and row not in found
            ]
    return found


def figures_text(row: TableRow, say: Say) -> str:
    """A row's statistics as printed: "r = 0.28, d = 0.58; k = 82 studies, N = 6,138"."""
    groups = (EFFECTS, (Measure.STUDIES, Measure.SAMPLE))
    parts = [
        ", ".join(say("measures", measure, value=cell.text) for measure in group if (cell := row.cell(measure)))
        for group in groups
    ]
    return "; ".join(part for part in parts if part)


def row_statement(row: Row, evidence: Evidence, say: Say) -> Statement:
    """A row in a line."""
    strength = row.row.cell(Measure.STRENGTH)
    figures = figures_text(row.row, say)
    if strength:
        text = say("statements", "row_strength", label=row.row.label, figures=figures, strength=strength.text.lower())
    else:
        text = say("statements", "row", label=row.row.label, figures=figures)
    return Statement(text, (evidence,), "row")


def figure_records(row: TableRow, evidence: Evidence) -> list[FigureLine]:
    """A row's effects as records: one for each effect measure the table has, blank cells as None."""

    def text(measure: Measure) -> str | None:
        cell = row.cell(measure)
        return cell.text if cell else None

    columns = {cell.measure for cell in row.cells}
    k, n, strength = text(Measure.STUDIES), text(Measure.SAMPLE), text(Measure.STRENGTH)
    return [
        FigureLine(row.label, measure.value, text(measure), k, n, strength, evidence)
        for measure in EFFECTS
        if measure in columns
    ]


def figure_lines(index: Index, rows: Sequence[Row], say: Say) -> Answer | None:
    """The figures of rows, with the table's own notes on them and what it leaves blank."""
    if not rows:
        return None
    evidence: list[Evidence] = []
    lines, notes, figures = [], [], []
    for row in rows:
        item = quotes_of(index, [row.passage], 1.0)[0]
        evidence.append(item)
        lines.append(row_statement(row, item, say))
        figures += figure_records(row.row, item)
        for cell in row.row.cells:
            if cell.measure in EFFECTS and not cell.text:
                text = say("statements", "blank", label=row.row.label, measure=cell.measure)
                notes.append(Statement(text, (item,), "blank"))
            if cell.note:
                note = footnote(index, row.document, cell.note.start)
                notes.append(
                    Statement(
                        say("statements", "footnote", label=row.row.label, note=note.unmarked), (note,), "footnote"
                    )
                )
                evidence.append(note)
    return Answer((), tuple(evidence), tuple(lines), tuple(figures), tuple(notes))


def with_rows(index: Index, answer: Answer, items: Sequence[Evidence], say: Say) -> Answer:
    """The answer with a line for every row that is quoted and has none yet; with their notes where they are few.

    A row whose every figure an opening states needs no line of its own.
    """
    lined = {(item.document, item.place) for line in answer.lines for item in line.evidence}
    rows = {(row.document.id, row.passage.place): row for row in all_rows(index)}
    quoted = dict.fromkeys((item.document, item.place) for item in items if item.kind is PassageKind.TABLE_ROW)
    added = figure_lines(index, [rows[place] for place in quoted if place not in lined], say)
    if added is None:
        return answer
    notes = added.notes if len(added.lines) <= ROWS_WITH_NOTES else ()
    said = [(numbers_in(part.text), part.evidence) for part in answer.openings]
    new = (
        line
        for line in added.lines
        if not any(set(line.evidence) <= set(held) and numbers_in(line.text) <= stated for stated, held in said)
    )
    return replace(
        answer,
        lines=(*answer.lines, *new),
        figures=(*answer.figures, *added.figures),
        notes=(*answer.notes, *notes),
    )


def footnote(index: Index, document: Document, start: int) -> Evidence:
    """The quote of the table note that begins there."""
    passage = next(p for p in index.passages if p.document == document.id and p.spans[0].start == start)
    return quotes_of(index, [passage], 1.0)[0]


def value_of(row: TableRow, measure: Measure) -> float | None:
    """A cell as a number for ordering; None where it is blank or a range."""
    cell = row.cell(measure)
    match = NUMBER_CELL.fullmatch(cell.text) if cell else None
    return float(match[1].replace(",", "")) if match else None


def measure_asked(query: Query, rows: Sequence[Row]) -> Measure:
    """The measure to order by: the one asked for, else d, else the first effect the table has."""
    asked = [measure for measure in query.measures if measure is not Measure.STRENGTH]
    if asked:
        return asked[0]
    return next(
        (m for m in reversed(EFFECTS) if any(value_of(row.row, m) is not None for row in rows)), Measure.DIFFERENCE
    )


def compare_rows(index: Index, topics: Mapping[str, Topic], query: Query, say: Say) -> Answer | None:
    """Two or more rows beside each other, the larger first; None where the question names fewer than two."""
    named = query.about
    rows = rows_by_topic(all_rows(index), topics, named)
    if len(rows) < 2 and len(query.topics) > 1:
        rows = rows_by_topic(all_rows(index), topics, [score.topic for score in query.topics[:3]])
    if len(rows) < 2:
        return None
    answer = figure_lines(index, rows, say)
    measure = measure_asked(query, rows)
    both = [row for row in rows[:2] if value_of(row.row, measure) is not None]
    if answer is None or len(both) < 2:
        return answer
    return with_opening(index, both, measure, answer, say)


def claimed_rank(
    index: Index, topics: Mapping[str, Topic], query: Query, rules: Mapping[str, PhraseRule], say: Say
) -> Answer | None:
    """Whether the one row that the question calls the largest or smallest is so; None where it claims nothing of it."""
    text = plain(query.text)
    named = rows_by_topic(all_rows(index), topics, [score.topic for score in query.topics if score.seen])
    if len(named) != 1 or COUNT.search(text) or see(rules["open-ranking"], text):
        return None
    smallest = see(rules["smallest"], text) is not None
    measure = measure_asked(query, all_rows(index))
    ordered = in_order(all_rows(index), measure, smallest)
    if not ordered or named[0] not in ordered:
        return None
    top, row = ordered[0], named[0]
    words = {"measure": measure.value, "label": row.row.label, "top": top.row.label}
    words |= {"value": row.row.cell(measure).text, "top_value": top.row.cell(measure).text}  # type: ignore[union-attr]
    equal = value_of(row.row, measure) == value_of(top.row, measure)
    name = f"claim_{'' if equal else 'not_'}{'smallest' if smallest else 'largest'}"
    answer = figure_lines(index, [row] if equal else [top, row], say)
    if answer is None:
        return None
    held = tuple(item for item in answer.evidence if item.kind is PassageKind.TABLE_ROW)
    return replace(answer, openings=(Statement(say("statements", name, **words), held, "claim"),), complete=True)


def claimed_figure(index: Index, topics: Mapping[str, Topic], query: Query, say: Say) -> Answer | None:
    """The row's figures, where the question gives the one row it names a decimal that the source nowhere has for it.

    With the row that it is the figure of, where there is one.
    """
    named = rows_by_topic(all_rows(index), topics, [score.topic for score in query.topics if score.seen])
    stated = {number for number in numbers_in(query.text) if "." in number}
    if len(named) != 1 or not stated:
        return None
    row = named[0]
    ids = {i for topic in topics.values() if set(topic.rows) == {row.row.label} for i in topic.passages}
    ids |= {i for lead in index.leads.values() for i in lead.passages if index.by_id[i] == row.passage}
    known = numbers_in(" ".join(index.by_id[i].text for i in (*ids, row.passage.id)))
    if stated <= known:
        return None
    other = next(
        ((r, c) for r in all_rows(index) for c in r.row.cells if c.measure in EFFECTS and c.text in stated), None
    )
    answer = figure_lines(index, [row, other[0]] if other else [row], say)
    if answer is None:
        return None
    words = {"label": row.row.label, "figures": figures_text(row.row, say)}
    if other:
        words |= {"other": other[0].row.label, "measure": str(other[1].measure), "value": other[1].text}
    text = say("statements", "claim_figure_of" if other else "claim_figure", **words)
    held = tuple(item for item in answer.evidence if item.kind is PassageKind.TABLE_ROW)
    return replace(answer, openings=(Statement(text, held, "claim"),), complete=True)


def labels_in(rows: Sequence[Row], text: str) -> list[str]:
    """The ratings of the table that a text names, by their first word ("demonstrably"), each once."""
    words = re.findall(r"[a-z-]+", plain(text))
    ratings = dict.fromkeys(cell.text for row in rows if (cell := row.row.cell(Measure.STRENGTH)))
    return [rating for rating in ratings if plain(rating).split()[0] in words]


def claimed_rating(index: Index, topics: Mapping[str, Topic], query: Query, say: Say) -> Answer | None:
    """The row's own rating, where the question takes it for granted that the one row it names has another."""
    rows = all_rows(index)
    named = rows_by_topic(rows, topics, [score.topic for score in query.topics if score.seen])
    claimed = labels_in(rows, query.text)
    own = named[0].row.cell(Measure.STRENGTH) if len(named) == 1 else None
    if len(claimed) != 1 or own is None or own.text == claimed[0]:
        return None
    answer = figure_lines(index, named, say)
    if answer is None:
        return None
    words = {"label": named[0].row.label, "rating": own.text.lower(), "claimed": claimed[0].lower()}
    text = say("statements", "claim_rating", **words)
    return replace(answer, openings=(Statement(text, answer.evidence[:1], "claim"),), complete=True)


def in_order(rows: Sequence[Row], measure: Measure, smallest: bool) -> list[Row]:
    """Rows by a measure, those where it is blank or a range left out; rows of equal value in the table's order."""
    found = [(value, row) for row in rows if (value := value_of(row.row, measure)) is not None]
    return [row for _, row in sorted(found, key=lambda pair: pair[0] if smallest else -pair[0])]


def with_opening(index: Index, both: Sequence[Row], measure: Measure, answer: Answer, say: Say) -> Answer:
    """The answer with the sentence that sets two rows side by side, the larger first."""
    first, second = sorted(both, key=lambda row: -(value_of(row.row, measure) or 0.0))
    values = [row.row.cell(measure) for row in (first, second)]
    words = {"first": first.row.label, "second": second.row.label, "measure": measure.value}
    words |= {f"{name}_value": cell.text for name, cell in zip(("first", "second"), values, strict=True) if cell}
    equal = words["first_value"] == words["second_value"]
    places = {(row.passage.document, row.passage.place) for row in (first, second)}
    held = [item for item in answer.evidence if (item.document, item.place) in places]
    opening = Statement(say("statements", "compare_equal" if equal else "compare", **words), tuple(held), "compare")
    return Answer((opening,), answer.evidence, answer.lines, answer.figures, answer.notes)


def rank_rows(
    index: Index,
    topics: Mapping[str, Topic],
    query: Query,
    rules: Mapping[str, PhraseRule],
    say: Say,
    certain: bool,
) -> Answer | None:
    """Rows in order: those the question names, or the top or bottom of the table.

    None where a lead answers better (not `certain`) and no number or set of rows is asked for.
    """
    text = plain(query.text)
    named = rows_by_topic(all_rows(index), topics, [score.topic for score in query.topics if score.seen])
    count = COUNT.search(text)
    several = len(named) > 1
    if not several and not count and not certain:
        return None
    rated = labels_in(all_rows(index), query.text)
    rows = named if several else all_rows(index)
    if len(rated) == 1:
        rows = [row for row in rows if (cell := row.row.cell(Measure.STRENGTH)) and cell.text == rated[0]]
    wanted = [] if several else named
    measure = measure_asked(query, rows)
    smallest = see(rules["smallest"], text) is not None
    ordered = in_order(rows, measure, smallest)
    asked = int(WORDS.get(count.group(1), 0) or count.group(1)) if count else 3
    ordered = ordered if several else [*ordered[:asked], *(row for row in wanted if row not in ordered[:asked])]
    answer = figure_lines(index, ordered, say)
    if answer is None:
        return None
    items = ", ".join(f"{row.row.label} ({cell.text})" for row in ordered if (cell := row.row.cell(measure)))
    text = say("statements", "rank_smallest" if smallest else "rank_largest", measure=measure, items=items)
    held = tuple(item for item in answer.evidence if item.kind is PassageKind.TABLE_ROW)
    return replace(answer, openings=(Statement(text, held, "rank"),), complete=True)
