"""Messages in other languages: which one it is, and what is said in it."""

from __future__ import annotations

import pytest
from bots import cases, chatbot

from ragbot.rules import read_rules
from ragbot.types import Mode

RULES = read_rules()
ABROAD = RULES.responses.languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿Qué es la empatía?", "es"),
        ("quiero morir", "es"),
        ("Wie gehe ich mit einem Bruch der Allianz um?", "de"),
        ("Was ist Empathie?", "de"),
        ("Que dit le chapitre sur le silence ?", "fr"),
        ("che cos'è l'alleanza terapeutica?", ""),
        ("What is the effect of empathy?", ""),
        ("an alliance questionnaire", ""),
        ("a feeling of déjà vu in the session", ""),
        ("Flückiger et al.", ""),
        ("e", ""),
    ],
)
def test_a_language_is_told_where_it_is_sure(text: str, language: str) -> None:
    """Those that something can be said in; English, others and what is too short are none."""
    assert chatbot("digest").understanding.language(text) == language


def test_no_english_question_is_taken_for_another_language() -> None:
    """None of the development questions but the one that is in another."""
    asked = [turn["ask"] for case in cases() for turn in case["turns"]]
    found = {text: language for text in asked if (language := chatbot("digest").understanding.language(text))}
    assert len(asked) > 150 and list(found.values()) == ["de"] and "Klient" in "".join(found)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("message", "language"), [("¿Qué es la empatía?", "es"), ("Wie wirkt Empathie in der Therapie?", "de")]
)
def test_that_only_english_is_answered_is_said_in_that_language(mode: Mode, message: str, language: str) -> None:
    """With questions that can be asked instead."""
    reply = chatbot("digest").ask(message, mode=mode)
    assert reply.status == "clarify" and reply.text.startswith(ABROAD[language].only_english) and reply.suggestions


@pytest.mark.parametrize(
    ("message", "language", "who", "region"),
    [
        ("Mein Klient sagt, er will nicht mehr leben. Was hilft?", "de", "client", "Germany"),
        ("Je veux mourir.", "fr", "writer", "France"),
        ("Mi paciente dice que quiere matarse.", "es", "client", "Spain"),
    ],
)
def test_safety_is_said_in_that_language(message: str, language: str, who: str, region: str) -> None:
    """What leads the reply is understood by whoever wrote, and begins with the numbers of where it is spoken."""
    reply = chatbot("digest").ask(message)
    assert reply.status == "safety" and reply.text.startswith(getattr(ABROAD[language], who)[0])
    assert reply.notices[0].text.index(region) < reply.notices[0].text.index("United Kingdom")
