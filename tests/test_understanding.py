"""What is asked, and about what."""

import numpy as np
import pytest
import yaml
from bots import chatbot
from conftest import DATA

from ragbot.rules import read_rules
from ragbot.types import Intent, Measure, Past, Topic
from ragbot.understanding.asking import Asking
from ragbot.understanding.lexicon import Lexicon
from ragbot.understanding.sentences import sentences_of
from ragbot.understanding.utterance import folded


@pytest.fixture(scope="module")
def understand():
    return chatbot("digest").understanding.understand


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Define goal consensus", Intent.DEFINITION),
        ("effect size of cohesion", Intent.FIGURE),
        ("cohesion versus empathy", Intent.COMPARISON),
        ("Which element has the smallest effect?", Intent.RANKING),
        ("is it causal", Intent.CAVEAT),
        ("full reference for the one on expectations", Intent.REFERENCE),
        ("what do they recommend for trainees", Intent.RECOMMENDATION),
        ("how do I bring up the missed sessions", Intent.HOWTO),
        ("what must I steer clear of", Intent.LIST),
        ("She came in late again. I said nothing and felt my jaw tighten.", Intent.VIGNETTE),
    ],
)
def test_intents(understand, text, intent):
    """Each kind of question is told from the others."""
    assert understand(text).intent is intent


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("cohesion", "group-cohesion"),
        ("what about ROM", "client-feedback-rom"),
        ("my CT with this man", "countertransference"),
        ("being empathic with a bully", "empathy"),
        ("He has pulled away and answers in monosyllables", "withdrawal-rupture"),
        ("she shouted that I was useless", "confrontation-rupture"),
    ],
)
def test_topics_are_heard_in_terms_and_in_cues(understand, text, topic):
    """A term of the lexicon, an abbreviation, an inflection, and a situation in other words lead to the topic."""
    assert topic in [score.topic for score in understand(text).topics[:2]]


def test_what_was_seen_keeps_its_place(understand):
    """A topic's term keeps its span in what was typed and the rule that saw it."""
    text = "Is it Empathy that counts?"
    seen = next(score for score in understand(text).topics if score.topic == "empathy").seen
    assert [text[slice(*item.span)] for item in seen] == ["Empathy"]
    assert seen[0].rule == "term of empathy"


def test_measures(understand):
    """The statistics asked for are recognised, several at once."""
    assert understand("k and r for empathy").measures == (Measure.STUDIES, Measure.CORRELATION)
    assert understand("tell me about empathy").measures == ()


def test_an_elliptic_question_takes_on_the_topic(understand):
    """A short question that names no topic goes on with the last one and says how it was read."""
    before = (Past(Intent.FIGURE, (Measure.DIFFERENCE,), ("group-cohesion",)),)
    after = understand("and how many studies?", before)
    assert after.topics[0].topic == "group-cohesion"
    assert "cohesion" in after.read_as
    assert understand("effect size of empathy", before).read_as is None


def test_a_query_has_a_unit_vector(understand):
    """The whole utterance is one unit vector."""
    assert np.linalg.norm(understand("cohesion").vector) == pytest.approx(1.0, abs=1e-5)


def test_folding_keeps_offsets():
    """Plain text has one character for each that was typed."""
    text = "Flückiger’s “CT” – naïve ½"
    assert len(folded(text)) == len(text)
    assert folded(text).startswith("fluckiger's")


def test_sentences():
    """An utterance of several sentences is also read sentence by sentence; a single one is not read twice."""
    text = "He left early. I froze. Was that wrong?"
    assert [text[slice(*span)].strip() for span in sentences_of(text)] == [
        "He left early.",
        "I froze.",
        "Was that wrong?",
    ]
    assert sentences_of("how strong is it") == []


@pytest.mark.parametrize(
    ("text", "telling"),
    [("she was late. i said nothing.", True), ("is it causal?", False), ("how do i mend it", False)],
)
def test_telling_and_asking(text, telling):
    """A told situation is told from a question."""
    assert Asking(read_rules()).is_telling(text) is telling


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("what is salt for, and how much of it?", ["what is salt for", ", and how much of it?"]),
        ("what is salt for? it is dear. does it keep?", ["what is salt for?", " it is dear. does it keep?"]),
        ("who wrote it and in which year was that", ["who wrote it", " and in which year was that"]),
        ("of all flours which is best, and do i sift it?", ["of all flours which is best", ", and do i sift it?"]),
        ("what is salt for? give me a list", []),
        ("must i knead it or may i fold it", []),
        ("i burnt it again and what now. i am tired of it.", []),
        ("see p. 12 on salt: is it needed", []),
    ],
)
def test_several_questions_are_told_apart(text, parts):
    """Each question of a message has its place; an order, an alternative and a telling make no second one."""
    assert [text[slice(*span)] for span in Asking(read_rules()).questions(text)] == parts


def test_topics_of_tellings_written_apart_from_the_pack(understand):
    """A right topic is among the first two for nine in ten, the first three for more; none is what it is unlike."""
    tellings = yaml.safe_load((DATA / "tellings.yaml").read_text(encoding="utf-8"))
    heard = [[score.topic for score in understand(told["tells"]).topics] for told in tellings]
    pairs = [
        (set(told["topics"]), set(told.get("unlike", ())), topics) for told, topics in zip(tellings, heard, strict=True)
    ]
    assert len(pairs) == 150
    assert sum(bool(right & set(topics[:2])) for right, _, topics in pairs) >= 0.9 * len(pairs)
    assert sum(bool(right & set(topics[:3])) for right, _, topics in pairs) >= 0.94 * len(pairs)
    assert not any(set(topics[:1]) & wrong for _, wrong, topics in pairs)


def test_a_denied_state_is_not_heard(understand):
    """What somebody is said not to be is no topic of the telling."""
    told = "She is not withdrawn, she argues with me about everything and calls my method rubbish."
    topics = [score.topic for score in understand(told).topics]
    assert topics[0] == "confrontation-rupture" and "withdrawal-rupture" not in topics


def test_a_claim_put_into_the_sources_mouth_is_read_by_itself(understand):
    """ "So the authors advise …, right?" asks about what is claimed, not about advice."""
    query = understand("So the authors recommend confronting drinkers with their denial, right?")
    assert query.intent is Intent.FINDING and query.topics[0].topic == "confrontational-style-mi"


def test_what_has_nothing_to_do_with_the_source_stands_alone(understand):
    """An aside takes up nothing of the thread, and is known for what it is; a question with a pronoun is not one."""
    before = (Past(Intent.FIGURE, (Measure.DIFFERENCE,), ("empathy",)),)
    aside = understand("how many mg of citalopram to begin with?", before)
    assert aside.read_as is None and aside.elsewhere > 0.6
    assert understand("how strong is it?", before).about == ("empathy",)


def test_a_word_is_no_term_of_which_it_is_only_the_stem():
    """ "Kind" is not "kindness" and "together" not "togetherness"; inflected forms of a term are the term."""
    lexicon = Lexicon([Topic("warm", "warmth", ("kindness", "group climate")), Topic("unity", "unity", ("families",))])
    assert [seen.what for seen in lexicon.find("what kind of group climates")] == ["warm"]
    assert lexicon.find("what kind of bread") == []
    assert [seen.what for seen in lexicon.find("is kindness for the family")] == ["warm", "unity"]


def test_people_that_are_asked_of_are_no_subject(understand):
    """A question of some people is about its subject; people that the source itself speaks of there are."""
    query = understand("How strong is empathy with teenagers?")
    assert (query.about, query.among) == (("empathy",), "young people")
    assert understand("How strong is the alliance with teenagers?").among == ""
    assert understand("Is empathy the same as cohesion?").among == ""
