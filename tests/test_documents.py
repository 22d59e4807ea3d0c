"""Text files → documents whose parts cover every character once."""

import pytest
from conftest import PACK, generated_texts, lines_of
from hypothesis import given, settings

from ragbot.documents import read_document
from ragbot.types import BlockKind, CitationState, Measure

BROKEN = [(27, 29), (39, 66), (124, 126), (136, 138), (151, 153), (166, 168), (178, 196)]
REFERENCES = "\n\nReferences\n\n- Müller, A., Tan, B., & Ode, C. (2011). X.\n- Okafor, B., & Tan, B. (2012). Y.\n"


def parts(document):
    """The spans of every part of a document."""
    yield from (section.span for section in document.sections)
    yield from (span for block in document.blocks for span in block.spans)
    yield from (span for table in document.tables for span in (*table.header, *(row.span for row in table.rows)))
    yield from (reference.span for reference in document.references)
    yield from document.marks


def not_covered_once(document):
    """The characters, blank ones and a byte-order mark aside, that no part or several parts cover; and empty spans."""
    covered = [0] * len(document.text)
    for start, end in parts(document):
        for position in range(start, end):
            covered[position] += 1
    stray = [(n, sign) for n, sign in enumerate(document.text) if not sign.isspace() and covered[n] != 1]
    return [x for x in stray if x != (0, "\ufeff")] + [span for span in parts(document) if span[0] >= span[1]]


def broken(document):
    """The lines of the blocks that the layout interrupts."""
    return [lines_of(document, block.spans) for block in document.blocks if len(block.spans) > 1]


def items(document, title):
    """A section's list items by lead-in: the lead-in's last word, and each item's first line."""
    found = {}
    for block in document.blocks:
        if block.kind is BlockKind.LIST_ITEM and document.sections[block.section].title.startswith(title):
            found.setdefault(block.lead_in, []).append(lines_of(document, block.spans)[0])
    return [(document.words(document.blocks[lead_in].spans)[-9:], lines) for lead_in, lines in found.items()]


def cited(document, state):
    """The citations of a state, as written."""
    return [document.text[slice(*found.span)] for found in document.citations if found.state is state]


def table_values(document):
    """The rows of a document's first table: label, then the text of every cell."""
    return [(row.label, *(cell.text for cell in row.cells)) for row in document.tables[0].rows]


def test_both_sources_are_covered_once(both_sources, outline):
    """Every non-blank character of the chapter and of the digest belongs to exactly one part."""
    assert not_covered_once(read_document("work", both_sources, outline)) == []


@pytest.mark.parametrize("name", ["full", "tiny_digest", "second"])
def test_other_texts_are_covered_once(name, request):
    """Every non-blank character of a text of another field belongs to exactly one part."""
    assert not_covered_once(request.getfixturevalue(name)) == []


@settings(max_examples=150, derandomize=True, deadline=None)
@given(generated_texts())
def test_any_text_is_covered_once(text):
    """Whatever the order of paragraphs, headings, lists and tables, no character is lost or counted twice."""
    assert not_covered_once(read_document("any", text, {"What Helps": ("Compost",)})) == []


def test_the_tree_of_headings(both_sources, outline):
    """Headings carry their level and the headings above them, in both sources alike."""
    document = read_document("work", both_sources, outline)
    assert (document.title, document.sections[0].level) == ("Psychotherapy Relationships", 1)
    assert [section.title for section in document.sections if section.level == 2] == [
        "Definitions", "Evidence-Based Therapy Relationships", "What Works", "What Does Not Work",
        "Cautions and Caveats", "Box 21.1 Therapy and Training Practices", "Conclusion", "Useful Resources", "References",
    ]  # fmt: skip
    below = [section.path for section in document.sections if section.level == 3]
    assert below == [("What Works", title) for title in outline["What Works"]]


def test_paragraphs_are_joined_over_page_breaks(chapter, outline):
    """A paragraph that a page break, the table or the box interrupts is one block of two spans, and ends a sentence."""
    document = read_document("chapter", chapter, outline)
    assert broken(document) == BROKEN
    assert all(document.words(block.spans)[-1] in '.)"”' for block in document.blocks if len(block.spans) > 1)


def test_what_follows_a_box_belongs_to_the_interrupted_section(chapter, outline):
    """The paragraph around the box stands under the heading it began under, not in the box."""
    document = read_document("chapter", chapter, outline)
    block = next(block for block in document.blocks if lines_of(document, block.spans) == (178, 196))
    assert (document.sections[block.section].title, block.number) == ("Cautions and Caveats", 7)


def test_the_digest_needs_no_joining(digest, outline):
    """The digest's paragraphs are whole as they stand, and none is taken for a note of the table."""
    document = read_document("digest", digest, outline)
    notes = [document.words(block.spans)[:6] for block in document.blocks if block.kind is BlockKind.TABLE_NOTE]
    assert (broken(document), notes) == ([], ["\\* Thi", "Note. "])


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


def test_list_items_keep_their_lead_in(chapter, outline):
    """Six things to avoid, three of them after a page break, hang on one lead-in; the box has lists of 5 and 3."""
    document = read_document("chapter", chapter, outline)
    avoid = items(document, "What Does Not")
    assert [lines for _, lines in avoid] == [[150, 151, 155, 156, 157, 158]]
    assert items(document, "Box") == [("raged to:", [184, 185, 186, 187, 188]), ("raged to:", [192, 193, 194])]


def test_list_items_of_the_digest(digest, outline):
    """The digest has the same three lists."""
    document = read_document("digest", digest, outline)
    counts = [[len(lines) for _, lines in items(document, title)] for title in ("What Does Not", "Box")]
    assert counts == [[6], [5, 3]]


def test_the_reference_list(both_sources, outline):
    """The 64 entries have their authors, without accents, and their year."""
    references = read_document("work", both_sources, outline).references
    assert len(references) == 64
    assert (references[0].names, references[0].year) == (("ackerman", "hilsenroth"), "2003")
    assert ("fluckiger", "del re", "wampold", "symonds", "horvath") in [found.names for found in references]
    assert (references[10].names[-1], references[63].names) == ("et al.", ("watson", "geller"))


@pytest.mark.parametrize(("source", "resolved", "ambiguous"), [("chapter", 76, 10), ("digest", 76, 11)])
def test_citations_are_linked(source, resolved, ambiguous, request, outline):
    """Every citation is resolved, ambiguous between two entries of one pair and year, or missing."""
    document = read_document("work", request.getfixturevalue(source), outline)
    counts = [len(cited(document, state)) for state in CitationState]
    assert counts == [resolved, ambiguous, 1]
    assert cited(document, CitationState.MISSING) == ["Wampold et al., 2012"]
    pair = {found.entries for found in document.citations if found.state is CitationState.AMBIGUOUS}
    assert pair == {(43, 44)}
    assert {(document.references[n].names, document.references[n].year) for n in (43, 44)} == {
        (("norcross", "lambert"), "2019")
    }


@pytest.mark.parametrize(
    ("citation", "first_name"),
    [
        ("Fluckiger et al., 2019", "fluckiger"),
        ("APA Task Force, 2006", "american psychological association task force on evidence-based practice"),
        ("de Jong et al., 2021", "de jong"),
        ("Gelso & Carter, 1985", "gelso"),
    ],
)
def test_a_citation_finds_its_entry(both_sources, outline, citation, first_name):
    """Umlauts, abbreviated organisations and particles do not keep a citation from its one entry."""
    document = read_document("work", both_sources, outline)
    found = next(c for c in document.citations if document.text[slice(*c.span)] == citation)
    assert (found.state, document.references[found.entries[0]].names[0]) == (CitationState.RESOLVED, first_name)


def test_a_missing_work_names_what_is_near(both_sources, outline):
    """A missing citation points to the entry of its first author and year, which may be what was meant."""
    document = read_document("work", both_sources, outline)
    found = next(c for c in document.citations if c.state is CitationState.MISSING)
    assert [document.references[n].names for n in found.entries] == [("wampold",)]


def test_a_full_text_of_another_field(full):
    """Page breaks, table, box and list are read in any work as they are in the chapter."""
    assert broken(full) == [(11, 13), (19, 34), (45, 47), (56, 65)]
    assert items(full, "Watering") == [("n, 2003):", [44, 45, 49, 50])]
    assert items(full, "Box") == [("owers to:", [62, 63])]
    assert cited(full, CitationState.MISSING) == ["Hansen, 2003"]
    assert len(cited(full, CitationState.RESOLVED)) == 6
