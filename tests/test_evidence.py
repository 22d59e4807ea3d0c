"""Quotes: whole sentences, verbatim, located."""

import pytest
from bots import chatbot

from ragbot.evidence import leans, quote, quotes_of, select_evidence, with_items
from ragbot.types import Grain, PassageKind


@pytest.fixture(scope="module")
def index():
    return chatbot("digest").index


def prose(index):
    return [p for p in index.passages if p.grain is Grain.SENTENCE and p.kind is PassageKind.PROSE]


def test_every_sentence_is_quoted_verbatim(index):
    """For every sentence, the quote equals the document at its spans."""
    for passage in prose(index):
        item = quote(index, [passage], 1.0)
        assert item.quote == index.documents[item.document].words(item.spans)
        assert passage.text.split()[-1].strip("*.)") in item.quote


def test_a_sentence_that_leans_brings_the_one_before(index):
    """What begins with "However", "This" or the like is quoted with the sentence it leans on."""
    leaning = [p for p in prose(index) if leans(p) and index.sentences[p.document, p.place][0] != p]
    assert leaning
    for passage in leaning:
        item = quote(index, [passage], 1.0)
        assert item.spans[0].start < passage.spans[0].start


def test_neighbours_are_one_quote(index):
    """Two sentences of a paragraph with at most one between them are one quote; far ones are two."""
    place = next(group for group in index.sentences.values() if len(group) > 5 and not any(map(leans, group)))
    assert len(quotes_of(index, [place[0], place[2]], 1.0)) == 1
    assert len(quotes_of(index, [place[0], place[4]], 1.0)) == 2


def test_a_quote_lists_the_works_it_cites(index):
    """The references of a quote are the entries of its citations, and of no others."""
    passage = next(p for p in prose(index) if "Tryon et al., 2019" in p.text)
    item = quote(index, [passage], 1.0)
    assert [entry.split(",")[0] for entry in item.references] == ["Tryon"]


def test_a_lead_in_brings_its_items(index):
    """A sentence that introduces a list is followed by the first sentence of each of its items."""
    document = next(iter(index.documents.values()))
    lead_in = next(block.lead_in for block in document.blocks if block.lead_in is not None)
    end = document.blocks[lead_in].spans[-1].end
    passage = next(p for p in prose(index) if p.spans[-1].end == end)
    found = with_items(index, quotes_of(index, [passage], 1.0))
    items = [block for block in document.blocks if block.lead_in == lead_in]
    assert len(found) == 1 + len(items)
    assert {item.kind for item in found[1:]} == {PassageKind.LIST_ITEM}


def test_selection_is_bounded(index):
    """At most so many quotes, one of each place, none that is taken already, none far below the best."""
    bot = chatbot("digest")
    hits = bot.search("empathy", 50)
    first = select_evidence(index, hits, (), 3, 0.1, 400)
    assert len(first) == 3 and len({item.place for item in first}) == 3
    others = select_evidence(index, hits, first, 3, 0.1, 400)
    assert others and not {item.place for item in others} & {item.place for item in first}
    assert select_evidence(index, hits, (), 3, 1.0, 400)[0].place == hits[0].passage.place
    assert select_evidence(index, (), (), 3, 0.5, 400) == ()


def test_words_quoted_are_capped(index):
    """No quote is added with which more words than allowed would be quoted in all."""
    hits = chatbot("digest").search("empathy", 50)
    few = select_evidence(index, hits, (), 5, 0.0, 60)
    assert few and sum(len(item.quote.split()) for item in few) <= 60
    assert select_evidence(index, hits, few, 5, 0.0, sum(len(item.quote.split()) for item in few)) == ()
