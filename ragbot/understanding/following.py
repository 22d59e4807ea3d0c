"""A question that makes sense only after others → the topics it goes on with."""

from __future__ import annotations

from collections.abc import Sequence

from ragbot.rules import PhraseRule
from ragbot.types import Past

POINTERS = {"first-of": 0, "second-of": 1}


def mentioned(thread: Sequence[Past]) -> list[str]:
    """The two topics that "the first one", "the other" and "which of the two" mean, in order of mention.

    Those of the last question that was about two; else the main topics of the last two questions on different ones.
    """
    order: list[str] = []
    for past in reversed(thread):
        if len(past.about) > 1:
            return [*past.about] if not order else [*past.about[:1], *order]
        if past.about and past.about[0] not in order:
            order.insert(0, past.about[0])
        if len(order) == 2:
            break
    return order


def goes_on(
    rules: dict[str, PhraseRule],
    text: str,
    named: Sequence[str],
    stands: bool,
    compares: bool,
    thread: Sequence[Past],
    words: int,
) -> tuple[str, ...]:
    """The topics that an elliptic question takes on from the questions before it, oldest first in `thread`.

    `named`: topics that it names itself. `stands`: a cue asks almost just this, so that it needs no other. `compares`:
    it asks for a comparison, so that one topic named is one too few. None where it is longer than `words`, or names
    what it is about.
    """
    if not thread or len(text.split()) > words:
        return ()
    two = mentioned(thread)
    both = rules["both-of"].see(text) is not None
    if (compares or both) and len(set(named)) < 2 and not (named and stands):
        return tuple(two[:2]) if not named else tuple(t for t in reversed(two) if t not in named)[:1]
    if named:
        return tuple(two[:2]) if rules["them-both"].see(text) else ()
    for name, position in POINTERS.items():
        if len(two) > 1 and rules[name].see(text):
            return (two[position],)
    if len(two) > 1 and rules["other-of"].see(text):
        current = thread[-1].about[:1]
        return tuple(topic for topic in two if topic not in current)[:1]
    if stands and not rules["follows-on"].see(text):
        return ()
    return thread[-1].about
