"""A question that makes sense only after others → the topics it goes on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragbot.types import Intent, Past, PhraseRule

POINTERS = {"first-of": 0, "second-of": 1, "last-of": -1}


def mentioned(thread: Sequence[Past]) -> list[str]:
    """The two topics that "the other" and "which of the two" mean, in order of mention.

    Those of the last question that was about two; else the main topics of the last two questions on different ones,
    else the two that the last answer names.
    """
    order: list[str] = []
    for past in reversed(thread):
        if len(past.about) > 1:
            return [*past.about] if not order or order[0] in past.about else [*past.about[:1], *order]
        if past.about and past.about[0] not in order:
            order.insert(0, past.about[0])
        if len(order) == 2:
            return order
    return order if len(thread[-1].listed) < 2 else [*thread[-1].listed]


def listed(thread: Sequence[Past]) -> Sequence[str]:
    """The topics that "the first one" and "the last of them" count: of the last question, else of its answer.

    Where that has one only, of the question before, as long as it is one of those.
    """
    for past in reversed(thread):
        counted = past.about if len(past.about) > 1 else past.listed if len(past.listed) > 1 else ()
        if counted:
            return counted if past is thread[-1] or set(thread[-1].about) & set(counted) else mentioned(thread)
    return mentioned(thread)


def counts(past: Past) -> bool:
    """Whether an answer sets several things in a row, so that one of them is its last."""
    return len(past.about) > 1 or past.intent in (Intent.LIST, Intent.RANKING, Intent.COMPARISON)


def turned(thread: Sequence[Past]) -> bool:
    """Whether the last two questions were about different topics."""
    return len(thread) > 1 and thread[-1].about != thread[-2].about


def subject(thread: Sequence[Past]) -> tuple[str, ...]:
    """What the last question was about; of several topics the one that was spoken of before it, else the first."""
    before = {topic for past in thread[:-1] for topic in past.about}
    return tuple([*(topic for topic in thread[-1].about if topic in before), *thread[-1].about][:1])


def goes_on(
    rules: dict[str, PhraseRule],
    text: str,
    named: Sequence[str],
    stands: bool,
    compares: bool,
    tells: bool,
    thread: Sequence[Past],
    words: int,
    twins: Mapping[str, str],
) -> tuple[str, ...]:
    """The topics that an elliptic question takes on from the questions before it, oldest first in `thread`.

    `named`: topics that it names itself. `stands`: a cue of a subject asks almost just this, so that it needs no other.
    `compares`: it asks for a comparison, so that one topic named is one too few. None where it is longer than `words`
    (twice that where a pronoun points back and it `tells` no story), or names what it is about. `twins`: what "the
    other kind" means beside a topic, and "the other one" where the last two questions were about the same.
    """
    leans = rules["points-back"].see(text) is not None
    if not thread or len(text.split()) > words * (2 if leans and not tells else 1):
        return ()
    two = mentioned(thread)
    both = rules["both-of"].see(text) is not None
    if both and len(two) < 2:
        return thread[-1].about[:1]
    alone = named and stands and not both and not rules["beside-it-too"].see(text)
    if (compares or both) and len(set(named)) < 2 and not alone:
        return tuple(two[:2]) if not named else tuple(t for t in reversed(two) if t not in named)[:1]
    if named and rules["them-both"].see(text):
        return tuple(two[:2])
    if named:
        too = len(thread[-1].about) > 1 and rules["beside-it-too"].see(text)
        short = len(text.split()) <= words // 2
        if short and set(named) <= set(thread[-1].about) and not stands:
            return tuple(dict.fromkeys(named))
        kept = too or rules["beside-it"].see(text) or rules["objects"].see(text)
        return tuple(topic for topic in subject(thread) if kept and topic not in named)
    order = listed(thread)
    for name, position in POINTERS.items():
        if len(order) > 1 and rules[name].see(text):
            return (order[position],) if name != "last-of" or counts(thread[-1]) else thread[-1].about
    if rules["other-of"].see(text):
        current = thread[-1].about[:1]
        kind = rules["other-kind"].see(text) is not None or not turned(thread)
        beside = [twins[topic] for topic in current if kind and topic in twins]
        if other := [topic for topic in (*beside, *two) if topic not in current]:
            return tuple(other[:1])
    if len(two) > 1 and len(thread[-1].about) == 1 and rules["plural"].see(text) and turned(thread):
        return tuple(two[:2])
    if stands and not leans and not rules["follows-on"].see(text):
        return ()
    return thread[-1].about
