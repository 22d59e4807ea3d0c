"""Text files → documents whose parts cover every character once."""

import pytest
from conftest import DATA, generated_texts, lines_of, read_tiny
from hypothesis import given, settings

from ragbot.documents import read_document, read_text, slug
from ragbot.errors import SourceError
from ragbot.types import BlockKind

BROKEN = [(27, 29), (39, 66), (124, 126), (136, 138), (151, 153), (166, 168), (178, 196)]


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
        "Cautions and Caveats", "Box 21.1 Therapy and Training Practices", "Conclusion",
        "Useful Resources", "References",
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


def test_a_full_text_of_another_field(full):
    """Page breaks, table, box and lists are read in any work as they are in the chapter."""
    assert broken(full) == [(11, 13), (19, 34), (45, 47), (56, 65)]
    assert items(full, "Watering") == [("n, 2003):", [44, 45, 49, 50])]
    assert items(full, "Box") == [("owers to:", [62, 63])]
    assert [section.path for section in full.sections][3:6] == [
        ("What Helps", title) for title in ("Compost", "Mulch", "Watering")
    ]


def test_a_markdown_document(second):
    """Headings of both kinds, numbered items over several lines, rules; prose may begin with emphasis after a table."""
    assert [(section.level, section.title) for section in second.sections] == [
        (1, "Sourdough at Home"), (1, "Notes from a small bakery"), (2, "The Dough"), (3, "Folding"),
        (2, "Works Cited"),
    ]  # fmt: skip
    assert items(second, "The Dough") == [("ee p. 3).", [14, 16])]
    kinds = [(block.kind.value, lines_of(second, block.spans)[0]) for block in second.blocks]
    assert kinds[4:6] == [("caption", 18), ("prose", 25)]


@pytest.mark.parametrize("change", [lambda b: b.replace(b"\n", b"\r\n"), lambda b: b"\xef\xbb\xbf" + b])
def test_line_ends_and_byte_order_marks(tmp_path, change, full):
    """Windows line ends and a byte-order mark change no part; spans still count in the file's own text."""
    path = tmp_path / "full.txt"
    path.write_bytes(change((DATA / "full.txt").read_bytes()))
    document = read_tiny(path)
    assert document.text.encode() == path.read_bytes()
    assert not_covered_once(document) == []
    assert [document.words(block.spans) for block in document.blocks] == [full.words(b.spans) for b in full.blocks]
    assert [section.path for section in document.sections] == [section.path for section in full.sections]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.txt", None, "no such file; name a .txt or .md file"),
        ("book.pdf", b"%PDF", "files of type '.pdf' are not read; convert it to .txt or .md (UTF-8)"),
        ("blank.txt", b" \n\t\n", "the file is empty"),
        ("mark.txt", b"\xef\xbb\xbf\n", "the file is empty"),
        ("latin.md", "Title\n\nÜber".encode("latin-1"), "not UTF-8 at byte 7; save it as UTF-8 and try again"),
        ("utf16.txt", "Title".encode("utf-16"), "not UTF-8 at byte 0; save it as UTF-8 and try again"),
        ("image.txt", b"Title\0", "not a text file (it holds NUL characters)"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, name, content, said):
    """Each kind of unreadable file gives one line that names the file and what to do."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as raised:
        read_text(path)
    assert str(raised.value) == f"{path}: {said}"


def test_a_text_of_headings_alone():
    """A text without any running text is refused."""
    with pytest.raises(SourceError, match="bare: no running text"):
        read_document("bare", "# Title\n\n## Nothing more\n")


def test_a_text_without_headings():
    """A text that has only paragraphs is read; its id is its title, and broken sentences are joined all the same."""
    document = read_document("letter", "the roots\n\nare wet. So it goes.\n")
    assert (document.title, document.sections, broken(document)) == ("letter", (), [(1, 3)])


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        (
            "The growers of\nOslo are advised to:\n- dig.\n- rest.",
            ["The growers of\nOslo are advised to:", "dig.", "rest."],
        ),
        ("It says:\n\n•\tdig.\n•\trest.", ["It says:", "dig.", "rest."]),
        ("1.\tDig well.\n2.\tRest.", ["Dig well.", "Rest."]),
        ("One line\twith a tab in it.", ["One line\twith a tab in it."]),
        ("Aims and Methods\n\nWe dug.", ["We dug."]),
        ("Ada Lee and Bo Tan\n\nWe dug.", ["Ada Lee and Bo Tan", "We dug."]),
    ],
)
def test_what_makes_a_block(text, blocks):
    """A lead-in over two lines is one block, a bullet may be set off by a tab, and a byline names people."""
    document = read_document("any", f"Title\n\n{text}\n")
    assert [document.words(block.spans) for block in document.blocks] == blocks


def test_slugs():
    """An id is made of lower-case ASCII words."""
    assert [slug(name) for name in ("Überblick 2", "a--b_c", "日本")] == ["uberblick-2", "a-b-c", "document"]
