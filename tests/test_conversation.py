"""Conversations: their ids, their bounds in age, count and length, and forgetting."""

from __future__ import annotations

import numpy as np
import pytest

from ragbot.conversation import AGE, MOST, TURNS, Conversations, Turn
from ragbot.errors import UnknownConversation
from ragbot.types import Intent, Past, Query, Reply, Seen, Span, Status, TopicScore


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Conversations:
    return Conversations(clock)


def turn(text: str, topic: str | None = "proofing", smalltalk: bool = False) -> Turn:
    """A turn of a conversation about a topic, or about none."""
    query = Query(
        text,
        Intent.SMALLTALK if smalltalk else Intent.FINDING,
        (TopicScore(topic, 1.0),) if topic else (),
        (),
        np.zeros(4, np.float32),
        smalltalk=Seen("thanks", Span(0, 3), "thanks") if smalltalk else None,
    )
    reply = Reply("c", "m", Status.ANSWERED, "finding", (), text, (), (), (), (), (), (), (), None, "i", {})
    return Turn(query, reply, (Past(query.intent, (), (topic,)),) if topic and not smalltalk else ())


def test_a_conversation_is_found_again_by_its_id(kept: Conversations) -> None:
    """An id that was given out opens the same conversation, with its turns; another conversation has another id."""
    first, second = kept.open(None), kept.open(None)
    kept.add(first, turn("Does a cold rise help?"))
    assert first.id != second.id
    assert [said.query.text for said in kept.open(first.id).turns] == ["Does a cold rise help?"]
    assert kept.open(second.id).turns == []


@pytest.mark.parametrize("id", ["", "sourdough", "0" * 32, "../etc/passwd"])
def test_an_unknown_id_is_refused(kept: Conversations, id: str) -> None:
    """An id that was never given out is refused, and the line says how to begin anew."""
    kept.open(None)
    with pytest.raises(UnknownConversation, match="no such conversation; leave conversation_id out"):
        kept.open(id)


def test_a_conversation_is_forgotten_when_it_is_too_old(kept: Conversations, clock: Clock) -> None:
    """Twelve hours after its last turn it is still there; a moment later it is unknown."""
    conversation = kept.open(None)
    clock.now += AGE
    assert kept.open(conversation.id) is conversation
    clock.now += AGE + 1
    with pytest.raises(UnknownConversation):
        kept.open(conversation.id)


def test_age_counts_from_the_last_use(kept: Conversations, clock: Clock) -> None:
    """A conversation that goes on lives, however long ago it began; one that rests does not."""
    busy, idle = kept.open(None), kept.open(None)
    for _ in range(4):
        clock.now += AGE / 3
        kept.open(busy.id)
    with pytest.raises(UnknownConversation):
        kept.open(idle.id)
    assert kept.open(busy.id) is busy


def test_the_one_used_longest_ago_makes_room(kept: Conversations, clock: Clock) -> None:
    """The thousand-and-first conversation drops the one that rested longest, not the one that began first."""
    ids = [kept.open(None).id for _ in range(MOST)]
    clock.now += 1
    kept.open(ids[0])
    newest = kept.open(None).id
    with pytest.raises(UnknownConversation):
        kept.open(ids[1])
    assert [kept.open(id).id for id in (ids[0], ids[2], newest)] == [ids[0], ids[2], newest]


def test_only_the_last_turns_are_kept(kept: Conversations) -> None:
    """After five turns too many, the first five are gone and the rest stand in order."""
    conversation = kept.open(None)
    for number in range(TURNS + 5):
        kept.add(conversation, turn(f"question {number}"))
    texts = [said.query.text for said in conversation.turns]
    assert texts == [f"question {number}" for number in range(5, TURNS + 5)]


def test_forgetting_is_for_good(kept: Conversations) -> None:
    """A forgotten conversation is unknown, to forget it again is an error, and others stay."""
    gone, stays = kept.open(None), kept.open(None)
    kept.forget(gone.id)
    with pytest.raises(UnknownConversation):
        kept.open(gone.id)
    with pytest.raises(UnknownConversation, match="no such conversation"):
        kept.forget(gone.id)
    assert kept.open(stays.id) is stays


def test_the_thread_is_what_was_about_the_source(kept: Conversations) -> None:
    """Thanks, and a question that named no topic, do not hide what the conversation was about."""
    conversation = kept.open(None)
    assert conversation.thread == ()
    for said in (
        turn("first", "kneading"),
        turn("second", "proofing"),
        turn("hm", None),
        turn("thanks", "crust", smalltalk=True),
    ):
        kept.add(conversation, said)
    assert [past.about for past in conversation.thread] == [("kneading",), ("proofing",)]
