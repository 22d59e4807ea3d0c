"""The engine's rules: every example fires its rule, no counterexample does, and no rule is there for nothing."""

import shutil
from dataclasses import fields

import pytest
from conftest import PACK

from ragbot.errors import RuleError
from ragbot.pack import read_pack
from ragbot.phrases import faults_of, see
from ragbot.rules import FOLDER, read_rules
from ragbot.types import Intent, Measure, PhraseRule
from ragbot.words import folded

RULES = read_rules()
GROUPS = ("safety", "scopes", "smalltalk", "intents", "measures", "privacy", "declines")
ALL = [(group, rule) for group in GROUPS for rule in getattr(RULES, group)]
KNOWN = read_pack(PACK)
DIALOGUE = (*RULES.dialogue.values(), *KNOWN.anywhere, *(rule for move in KNOWN.moves for rule in move.rules))


def fires(group, rule, text):
    """Whether a rule sees an utterance, the way understanding asks it."""
    if group == "smalltalk":
        return see(rule, folded(text).strip().rstrip(".!?~ "), whole=True) is not None
    return see(rule, text if rule.cased else folded(text)) is not None


@pytest.mark.parametrize(("group", "rule"), ALL, ids=[rule.id for _, rule in ALL])
def test_examples_fire_and_counterexamples_do_not(group, rule):
    """A rule sees each of its examples and none of its counterexamples."""
    assert [text for text in rule.examples if not fires(group, rule, text)] == []
    assert [text for text in rule.counterexamples if fires(group, rule, text)] == []


@pytest.mark.parametrize("rule", DIALOGUE, ids=[rule.id for rule in DIALOGUE])
def test_rules_of_dialogue_and_of_the_pack_see_their_examples(rule):
    """What refers back, corrects or sums up, and what the source gives of no topic: each example, no counterexample."""
    assert [text for text in rule.examples if see(rule, folded(text)) is None] == []
    assert [text for text in rule.counterexamples if see(rule, folded(text))] == []


@pytest.mark.parametrize(("group", "rule"), ALL, ids=[rule.id for _, rule in ALL])
def test_every_pattern_earns_its_place(group, rule):
    """A rule's ids are unique and what it shows is something the engine knows."""
    known = {
        "safety": {""},
        "scopes": {""},
        "smalltalk": RULES.responses.smalltalk,
        "intents": {intent.value for intent in Intent},
        "measures": {measure.value for measure in Measure},
        "privacy": RULES.responses.safety,
        "declines": RULES.responses.declines,
    }
    assert rule.shows in known[group]
    assert [other.id for _, other in ALL].count(rule.id) == 1


def test_weights_of_the_fusion_sum_to_one():
    """The fusion is a convex combination, so that a score stays between 0 and 1."""
    assert RULES.cutoffs.dense + RULES.cutoffs.lexical + RULES.cutoffs.known == pytest.approx(1.0)


def test_faults_are_reported_together(tmp_path):
    """A rule file with several faults is refused with a line that names file and key of each."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "retrieval.yaml").write_text("dense: high\nunknown: 1\n", encoding="utf-8")
    with pytest.raises(RuleError) as error:
        read_rules(tmp_path)
    assert "retrieval.yaml" in str(error.value)
    assert "unknown: unknown key" in str(error.value)
    assert "lexical: is missing" in str(error.value)


def test_a_pattern_that_is_none_is_named():
    """A broken regular expression is a fault of its rule."""
    rule = PhraseRule("broken", ("(unclosed",), ("a",), ("b",))
    assert any("(unclosed" in fault for fault in faults_of(rule))
    assert faults_of(PhraseRule("bare", ("a",), (), ())) == ["needs examples and counterexamples"]


def test_a_space_stands_for_any_white_space():
    """A phrase is seen across a line break and several spaces; an optional space may be missing."""
    rule = PhraseRule("phrase", ("alpha beta", "do ?nt"), ("alpha beta",), ("alphabeta",), "x")
    assert see(rule, "an alpha \n  beta test").span == (3, 16)
    assert see(rule, "alphabeta") is None
    assert see(rule, "dont") is not None


def test_cutoffs_have_no_field_without_a_reason():
    """Every weight and cut-off of retrieval.yaml is named in a comment or stands under one."""
    lines = (FOLDER / "retrieval.yaml").read_text(encoding="utf-8").splitlines()
    for item in fields(RULES.cutoffs):
        position = next(n for n, line in enumerate(lines) if line.startswith(f"{item.name}:"))
        above = [line for line in lines[:position] if not line.strip() or line.startswith("#")]
        assert above and any(line.startswith("#") for line in above), item.name


def test_an_exception_bars_only_what_it_overlaps():
    """What excuses one phrase does not silence another in the same message."""
    texts = (
        "after the career suicide he told me he wants to kill himself",
        "under the gun at work; he brought a rifle to school",
    )
    assert [any(see(rule, text) for rule in RULES.safety) for text in (*texts, "his career suicide")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("form", ["what is {} ! x", "a {}", "?{}", "is {} x"])
@pytest.mark.parametrize("filler", ["a", "a ", "?", "is "])
def test_no_message_can_stall_a_rule(form, filler):
    """On a long hostile message every pattern comes back, with what it says of a shorter one of the same form."""
    every = (*(rule for _, rule in ALL), *DIALOGUE)
    long, short = (form.format(filler * (length // len(filler))) for length in (3980, 240))
    assert [rule.id for rule in every if see(rule, long)] == [rule.id for rule in every if see(rule, short)]


@pytest.mark.parametrize(
    "text",
    [
        "he cut himself last night",
        "she wants to die",
        "she has nothing to live for",
        "I can't go on anymore",
        "ich will sterben",
    ],
)
def test_plain_words_of_danger_are_heard(text):
    """What people say plainly is seen by some safety rule."""
    assert any(see(rule, folded(text)) for rule in RULES.safety)


@pytest.mark.parametrize("text", ["I jumped the gun", "stopped the breathing exercises", "we cut it short"])
def test_figures_of_speech_are_no_alarm(text):
    """Everyday figures of speech are not read as danger."""
    seen = [rule.id for rule in RULES.safety if see(rule, folded(text))]
    assert seen == []
