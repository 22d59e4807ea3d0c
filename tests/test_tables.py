"""The lines of a table → typed rows."""

import pytest
from conftest import PACK

from ragbot.documents import read_document
from ragbot.types import Measure


def table_values(document):
    """The rows of a document's first table: label, then the text of every cell."""
    return [(row.label, *(cell.text for cell in row.cells)) for row in document.tables[0].rows]


def read_table(text):
    """The one table of a text that has it behind a sentence."""
    return read_document("any", f"# Title\n\nSee below.\n\n{text}\n").tables[0]


def test_the_table_of_effects(both_sources, outline):
    """All 16 rows have the values that are printed, whatever the layout of the table's head."""
    document = read_document("work", both_sources, outline)
    printed = [tuple(line.split("\t")) for line in (PACK / "table-21-1.tsv").read_text(encoding="utf-8").splitlines()]
    assert (document.tables[0].name, len(printed[1:])) == ("Table 21.1", 16)
    assert table_values(document) == printed[1:]


@pytest.mark.parametrize(
    ("label", "measure", "text"),
    [
        ("Alliance in individual adult psychotherapy", Measure.SAMPLE, "30,000 +"),
        ("Positive regard and affirmation", Measure.DIFFERENCE, None),
        ("Collecting and delivering client feedback", Measure.CORRELATION, None),
        ("Collecting and delivering client feedback", Measure.DIFFERENCE, "0.14–0.49"),
        ("Managing countertransference", Measure.SAMPLE, "392*"),
        ("Empathy", Measure.STUDIES, "82"),
        ("Real relationship", Measure.STRENGTH, "Probably effective"),
    ],
)
def test_typed_cells(both_sources, outline, label, measure, text):
    """A cell is found by its measure: ranges and marks as printed, blank cells as none, spans in the text."""
    document = read_document("work", both_sources, outline)
    cell = next(row for row in document.tables[0].rows if row.label == label).cell(measure)
    assert (cell and cell.text) == text
    assert cell is None or document.text[slice(*cell.span)] == text


def test_only_the_starred_cell_has_a_footnote(both_sources, outline):
    """The asterisk on one N leads to the note that begins with it."""
    document = read_document("work", both_sources, outline)
    noted = [(cell.text, cell.note) for row in document.tables[0].rows for cell in row.cells if cell.note]
    note = document.blocks[document.tables[0].notes[0]]
    assert noted == [("392*", note.spans[0])]
    assert document.text[slice(*note.spans[0])].lstrip("\\").startswith("*")


def test_a_table_of_another_field(full, tiny_digest):
    """A table of any field has the same kinds of cells: blank, range, plus sign, star with its note."""
    expected = [
        ("Compost", "12", "480", "0.31", "0.65", "Well supported"),
        ("Mulch", "9", "300 +", "0.22", "", "Well supported"),
        ("Drip watering", "7", "1,210", "", "0.20–0.45", "Fairly supported"),
        ("Companion planting", "3", "64*", "0.05", "0.10", "Weakly supported"),
    ]
    assert [table_values(document) for document in (full, tiny_digest)] == [expected, expected]
    starred = full.tables[0].rows[3].cell(Measure.SAMPLE)
    assert full.text[slice(*starred.note)] == "* Counts gardens, not plots."


def test_column_names_over_two_lines(full, tiny_digest):
    """A heading that spans columns is carried to each of them; a single line of headings stands as it is."""
    names = [[cell.column for cell in document.tables[0].rows[0].cells] for document in (full, tiny_digest)]
    assert [found[2:] for found in names] == [
        ["Size of effect r", "Size of effect d", "Strength of evidence"],
        ["r", "d", "Strength of evidence"],
    ]


def test_a_table_with_other_columns(second):
    """A table keeps its name and the columns that are no measure of effect."""
    assert [row.label for row in second.tables[0].rows] == ["One hour", "Two hours", "Overnight"]
    assert [(cell.column, cell.measure, cell.text) for cell in second.tables[0].rows[1].cells] == [
        ("Rise (%)", None, "55–60"),
        ("k", Measure.STUDIES, "4"),
    ]
    assert (second.tables[0].name, second.tables[0].rows[0].table) == ("Table 1", "Table 1")


def test_a_head_with_a_figure_in_it():
    """A column headed "95% CI" does not make its line a row."""
    table = read_table("Habit\tk\td\t95% CI\nMulch\t3\t0.20\t0.10–0.30")
    assert [[(cell.column, cell.text) for cell in row.cells] for row in table.rows] == [
        [("k", "3"), ("d", "0.20"), ("95% CI", "0.10–0.30")]
    ]


def test_a_table_of_words():
    """In a table without a figure the first line is the head, and the others are rows."""
    table = read_table("Term\tMeaning\nLoam\tbalanced earth\nTilth\tcrumbly earth")
    assert [(row.label, row.cells[0].column, row.cells[0].text) for row in table.rows] == [
        ("Loam", "Meaning", "balanced earth"),
        ("Tilth", "Meaning", "crumbly earth"),
    ]


def test_a_pipe_table_of_markdown():
    """A table in Markdown's own way has the same rows as one with tabs."""
    table = read_table("| Habit | k | d |\n|:--|--:|---|\n| Mulch | 3 |  |\n| *Compost* | 12 | 0.65 |")
    values = [(row.label, *(cell.text for cell in row.cells)) for row in table.rows]
    assert values == [("Mulch", "3", ""), ("Compost", "12", "0.65")]
    assert table.rows[1].cells[1].measure is Measure.DIFFERENCE
