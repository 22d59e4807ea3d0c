"""Passages found: fused, folded, typed, reproducible."""

from dataclasses import replace

import pytest
from bots import chatbot

from ragbot.retrieval import fold, retrieve
from ragbot.types import Grain, PassageKind


@pytest.fixture(scope="module")
def bot():
    return chatbot("digest")


def hits_for(bot, text):
    return retrieve(bot.understanding.understand(text), bot.index, bot.rules.cutoffs)


def test_scores_are_a_convex_combination(bot):
    """Every score lies between 0 and 1 and is the weighted sum of its parts, best first."""
    cut = bot.rules.cutoffs
    hits = hits_for(bot, "how much does warmth matter")
    for hit in hits:
        assert 0 <= hit.score <= 1 and 0 <= hit.dense <= 1 and 0 <= hit.lexical < 1 and 0 <= hit.known <= 1
        assert hit.score == pytest.approx(
            cut.dense * hit.dense + cut.lexical * hit.lexical + cut.known * hit.known, abs=2e-6
        )
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_passage_finds_itself_first(bot):
    """By meaning alone, a passage's own text brings that passage first."""
    cut = replace(bot.rules.cutoffs, dense=1.0, lexical=0.0, known=0.0)
    for passage in [p for p in bot.index.passages if p.kind is PassageKind.PROSE][::40]:
        hits = retrieve(bot.understanding.understand(passage.text[:4000]), bot.index, cut)
        assert hits[0].passage.text == passage.text


def test_a_reference_is_no_evidence_for_content(bot):
    """No entry of the reference list, resource or caption is found for a question of content."""
    for text in ("how much does warmth matter", "the psychoanalytic concept of the working alliance", "common factors"):
        kinds = {hit.passage.kind for hit in hits_for(bot, text)}
        assert not kinds & {PassageKind.REFERENCE, PassageKind.RESOURCE, PassageKind.CAPTION}


def test_words_of_people_find_words_of_the_source(bot):
    """A situation told in a clinician's words finds the line that defines it."""
    hits = fold(hits_for(bot, "my client went quiet and just agrees"), Grain.SENTENCE)
    assert any("withdraw" in hit.passage.text for hit in hits[:3])


def test_folding_keeps_the_best_of_a_place(bot):
    """One hit for each paragraph, row or note, the best."""
    hits = hits_for(bot, "empathy")
    places = [(hit.passage.document, hit.passage.place) for hit in fold(hits)]
    assert len(places) == len(set(places))
    assert fold(hits)[0] == hits[0]


def test_ranking_is_reproducible(bot):
    """The same question gives the same ranking."""
    assert hits_for(bot, "group cohesion") == hits_for(bot, "group cohesion")
