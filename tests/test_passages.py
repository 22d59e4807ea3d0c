"""Document → passages that the encoder reads whole, each found again at its spans."""

import re

import pytest
from conftest import count_words, generated_texts
from hypothesis import given, settings

from ragbot.documents import read_document
from ragbot.embedding import PIECES
from ragbot.passages import cut, fitting, passage_id, reading_form, split_passages
from ragbot.types import BlockKind, Grain, PassageKind, Span

LONG = " ".join(f"word{n}" for n in range(3000))
OUTLINE = {"What Helps": ("Compost",)}


def split(text, limit=40, outline=None):
    """The passages of a text, a word counted for a word piece."""
    return split_passages(read_document("any", text, outline), limit, count_words)


def letters(text):
    """A text without white space and markup."""
    return "".join(reading_form(text.replace("\\", "")).split())


def strays(document, passages):
    """The passages whose text does not end with what stands at their spans, table rows aside."""
    return [
        p for p in passages
        if p.kind is not PassageKind.TABLE_ROW and not letters(p.text).endswith(letters(document.words(p.spans)))
    ]  # fmt: skip


def not_in_a_passage(document, passages):
    """The characters of the blocks, the byline aside, that no passage holds."""
    held = {n for p in passages for start, end in p.spans for n in range(start, end)}
    blocks = [block for block in document.blocks if block.kind is not BlockKind.BYLINE]
    spans = [span for block in blocks for span in block.spans]
    return [n for start, end in spans for n in range(start, end) if n not in held and not document.text[n].isspace()]


def test_passages_of_the_work(both_sources, outline, encoder):
    """The encoder reads every passage whole; passages are unique, found at their spans, and no word is left out."""
    document = read_document("work", both_sources, outline)
    passages = split_passages(document, PIECES, encoder.pieces)
    assert PIECES == 256
    assert max(encoder.pieces(p.text) for p in passages) <= PIECES
    assert len({p.id for p in passages}) == len(passages)
    assert [p.position for p in passages] == list(range(len(passages)))
    assert (strays(document, passages), not_in_a_passage(document, passages)) == ([], [])


@pytest.mark.parametrize("again", ["chapter", "digest"])
def test_ids_are_kept(again, request, outline):
    """A second split gives the same passages with the same ids."""
    text = request.getfixturevalue(again)
    assert split(text, 80, outline) == split(text, 80, outline)


def test_an_id_is_of_place_and_content():
    """Text added elsewhere in the document changes no id; a changed word changes those of its sentence's passages."""
    before = split("Title\n\nOne bed stays.\n\nPart Two\n\nTwo beds stay here as well.\n")
    after = split("Title\n\nOne other bed came.\n\nPart Two\n\nTwo beds stay here as well.\n")
    assert [(a.id == b.id, a.text == b.text) for a, b in zip(before, after, strict=True)] == [(False,) * 2, (True,) * 2]
    assert passage_id("a", "par. 1", "x") != passage_id("b", "par. 1", "x")
    assert re.fullmatch("[0-9a-f]{12}", before[0].id)


def test_equal_places_keep_their_own_ids():
    """The same words under the same heading, twice in a text, are two passages with two ids."""
    text = "# Title\n\n## Exercise\n\nDig a bed.\n\n## Exercise\n\nDig a bed.\n"
    rows = "Bed\tk\nTotal\t5"
    passages = split(f"{text}\n## One\n\n{rows}\n\nAnd so on.\n\n## Two\n\n{rows}\n")
    assert len({p.id for p in passages}) == len(passages) == 5


def test_grains_and_locators(full):
    """A paragraph of several sentences is there whole and by the sentence, and says where it stands."""
    found = [p for p in split_passages(full, 80, count_words) if p.section == ("Terms",)]
    sentences = [p for p in found if p.grain is Grain.SENTENCE]
    whole = [p for p in found if p.grain is Grain.PARAGRAPH]
    assert (len(sentences), len(whole)) == (4, 1)
    assert {p.locator for p in found} == {"Terms, par. 1"}
    assert [len(p.spans) for p in sentences] == [1, 1, 1, 2]
    assert whole[0].text == " ".join(p.text for p in sentences)
    assert sentences[0].text.startswith("By loam we mean")


def test_a_list_item_is_read_with_its_lead_in(full):
    """An item's text begins with the sentence that leads in; its spans are the item's own, over a page break too."""
    item = next(p for p in split_passages(full, 80, count_words) if "noon" in p.text)
    assert item.text.startswith("Four habits are known to spoil a bed (Hansen, 2003): Sprinkling at noon. Little")
    assert full.words(item.spans).startswith("*Sprinkling at noon.* Little")
    assert full.words(item.spans).endswith("an open door to blight of every kind (Muller et al., 2011).")
    assert len(item.spans) == 2
    assert (item.kind, item.locator, item.section) == (
        PassageKind.LIST_ITEM, "Watering, item 2", ("What Helps", "Watering")
    )  # fmt: skip


def test_a_long_lead_in_is_left_out():
    """A lead-in that would take half of the room is not repeated with every item."""
    passages = split(f"Title\n\n{'long ' * 30}list:\n\n- Dig.\n- Rest.\n")
    assert [p.text for p in passages if p.kind is PassageKind.LIST_ITEM] == ["Dig.", "Rest."]


def test_table_rows(full):
    """A row is read in words with its column heads; a blank cell is left out; its span is the printed row."""
    rows = [p for p in split_passages(full, 80, count_words) if p.kind is PassageKind.TABLE_ROW]
    assert [p.locator for p in rows][2:] == ["Table 3.1, row Drip watering", "Table 3.1, row Companion planting"]
    assert rows[1].text == (
        "Mulch: # of trials (k) 9; # of plots (N) 300 +; Size of effect r 0.22; Strength of evidence Well supported"
    )
    assert full.words(rows[1].spans) == "Mulch\t9\t300 +\t0.22\t\tWell supported"
    assert {p.section for p in rows} == {("What Helps", "Compost")}


def test_notes_captions_and_entries(full, tiny_digest):
    """Notes, captions, resources and reference entries are passages of their own kinds, without markup."""
    texts = {
        kind: [p.text for p in split_passages(tiny_digest, 80, count_words) if p.kind is kind] for kind in PassageKind
    }
    assert [len(texts[kind]) for kind in (PassageKind.REFERENCE, PassageKind.RESOURCE, PassageKind.CAPTION)] == [
        6,
        1,
        1,
    ]
    assert [text.lstrip("* ") for text in texts[PassageKind.TABLE_NOTE]] == [
        "Counts gardens, not plots.",
        "Note. A d of 0.20 is small, 0.50 medium and 0.80 large (RGS, 2009).",
    ]
    entry = next(p for p in split_passages(full, 80, count_words) if p.kind is PassageKind.REFERENCE)
    assert (entry.locator, entry.section) == ("References, entry 1", ("References",))
    assert entry.text == "Abé, J.-P. M. (2020). Is straw worth the trouble? https://example.org/straw"


def test_a_text_above_the_first_heading():
    """What stands above the first heading stands under none."""
    passages = split("A preface of some length, which has a stop.\n\nFirst Heading\n\nAnd this is the text.\n")
    assert [p.section for p in passages] == [(), ("First Heading",)]


def test_a_sentence_without_a_stop_is_divided(encoder):
    """A sentence of 3,000 words is divided at white space into passages that fit, and all of it is kept."""
    document = read_document("any", f"Title\n\n{LONG}\n")
    passages = split_passages(document, PIECES, encoder.pieces)
    assert max(encoder.pieces(p.text) for p in passages) <= PIECES
    assert " ".join(p.text for p in passages if p.grain is Grain.SENTENCE) == LONG


@pytest.mark.parametrize(
    "text", [f"Title\n\nBed\tk\tWhy\nMulch\t5\t{LONG}\n", f"Title\n\nSo.\n\nTable 2 {LONG}\n\nBed\tk\nMulch\t5\n"]
)  # fmt: skip
def test_long_cells_and_captions_are_divided(text):
    """A table row or caption that is too long is divided as well; it does not stop the reading."""
    passages = split(f"{text}\nAnd so it is.\n")
    assert max(count_words(p.text) for p in passages) <= 40
    assert any("word2999" in p.text for p in passages)


def test_one_endless_word(encoder):
    """A word that is too long by itself is cut, and nothing of it is lost."""
    document = read_document("any", "Title\n\n" + "ab" * 2000 + "\n\nThe end.\n")
    passages = split_passages(document, PIECES, encoder.pieces)
    assert max(encoder.pieces(p.text) for p in passages) <= PIECES
    assert not_in_a_passage(document, passages) == []


def test_cut_over_several_spans():
    """A part of the joined words is found in each span that it touches."""
    spans = (Span(10, 15), Span(40, 50))
    assert cut(spans, Span(0, 16)) == spans
    assert cut(spans, Span(3, 8)) == (Span(13, 15), Span(40, 42))
    assert cut(spans, Span(6, 7)) == (Span(40, 41),)


def test_fitting_fills_up():
    """Sentences are put together as long as they fit."""
    words = "One two. Three. Four five six."
    spans = [Span(0, 8), Span(9, 15), Span(16, 30)]
    parts = [words[slice(*part)] for part in fitting(spans, words, 3, count_words)]
    assert parts == ["One two. Three.", "Four five six."]


def test_reading_form():
    """Emphasis, dollar signs, tags and escapes go, white space is folded, everything else stays."""
    assert reading_form("*d* or  <i>g</i>\n($d = 0.5$)") == "d or g (d = 0.5)"
    assert reading_form("\\* Counts **gardens**") == "Counts gardens"


@settings(max_examples=150, derandomize=True, deadline=None)
@given(generated_texts())
def test_passages_of_any_text(text):
    """Whatever the text, passages fit, have ids of their own, stand at their spans and leave no word out."""
    document = read_document("any", text, OUTLINE)
    passages = split_passages(document, 12, count_words)
    assert all(count_words(p.text) <= 12 for p in passages)
    assert len({p.id for p in passages}) == len(passages)
    assert (strays(document, passages), not_in_a_passage(document, passages)) == ([], [])
