"""A question that makes sense only after others → the topics it goes on with, and what it asks of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ragbot.phrases import without
from ragbot.rules import Rules
from ragbot.types import Intent, Lead, Past, Seen, Topic
from ragbot.understanding.asking import Asked
from ragbot.understanding.scoring import Reading, Scores
from ragbot.understanding.utterance import Utterance
from ragbot.words import STOP, WORD

POINTERS = {"first-of": 0, "second-of": 1, "last-of": -1}
YEAR = re.compile(r"\b(1[89]|20)\d\d\b")  # a question that names a work stands on its own
PICKS = ("picks-first", "picks-second", "picks-third")
PHRASE = 4  # words of a rule's place that ask and say nothing of what about
CHOICES = len(PICKS)  # of a question back
OF_PEOPLE = (Intent.FIGURE, Intent.FINDING, Intent.CAVEAT, Intent.HOWTO)  # kinds of question asked of some people


@dataclass(frozen=True, slots=True)
class Onto:
    """How an utterance goes on with the questions before it.

    topics: those it takes on, `carried`, or those it names where it asks the `same` of something else. bare: it holds
    nothing but pointers. both: it asks of two that were spoken of.
    """

    carried: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    same: bool = False
    bare: bool = False
    both: bool = False

    def asked(self, asked: Asked, named: Sequence[Seen], before: Past | None) -> Asked:
        """What is asked, in the light of what was asked before."""
        if before and self.same and asked.intent is Intent.FINDING and (self.carried or named):
            same = {Intent.VIGNETTE: asked.intent, Intent.COMPARISON: Intent.FIGURE}
            intent = same.get(before.intent, before.intent)
            asked = replace(asked, intent=intent, measures=asked.measures or before.measures)
        if self.both and self.carried:
            asked = replace(asked, intent=Intent.COMPARISON if len(self.carried) > 1 else Intent.FINDING)
        return asked


class Following:
    """Reads a question in its thread: the earlier questions of content, oldest first."""

    def __init__(
        self,
        rules: Rules,
        topics: Mapping[str, Topic],
        leads: Mapping[str, Lead],
        scores: Scores,
        read: Callable[[Sequence[str]], np.ndarray],
    ) -> None:
        self.rules, self.topics, self.leads, self.scores, self.read = rules, topics, leads, scores, read
        self.twins = {topic.id: topic.twin for topic in topics.values() if topic.twin}

    def onto(
        self, said: Utterance, asked: Asked, named: Sequence[Seen], typed: Reading, thread: Sequence[Past]
    ) -> Onto:
        """How this utterance, as `typed`, goes on with the thread."""
        if not thread:
            return Onto()
        carried = self.carried(said, asked.intent, named, typed, thread)
        same = self.asks_the_same(said, asked, named, thread[-1])
        subjects = self.subjects(named)
        return Onto(
            carried,
            carried or (tuple(dict.fromkeys(subjects)) if same else ()),
            same,
            same and not named and self.is_bare(said),
            said.shows("both-of"),
        )

    def open_to(self, said: Utterance, asked: Asked, named: Sequence[Seen], thread: Sequence[Past]) -> tuple[str, ...]:
        """The topics any of which a question may mean, where nothing tells which; none where it is clear.

        It leans on something and nothing came before; or it asks for "the other one" of three or more.
        """
        asks = [
            seen
            for seen in (*asked.kind, *asked.figures, *asked.aims)
            if len(said.plain[slice(*seen.span)].split()) <= PHRASE
        ]
        if named or not self.is_bare(said, asks):
            return ()
        if not thread:
            leans = said.seen("points-back", "more-of", "both-of", "other-of", *POINTERS)
            return self.apart_most() if leans or asked.aims or asked.intent is Intent.REFERENCE else ()
        before = thread[-1].about
        mains = dict.fromkeys(past.about[0] for past in thread if past.about)
        others = [topic for topic in mains if topic not in before]
        clear = len(before) > 1 or not said.shows("other-of") or twin_of(said, thread, self.twins)
        return () if clear or len(others) < 2 else tuple(others[-CHOICES:])

    def apart_most(self) -> tuple[str, ...]:
        """A few topics with figures of their own, no two under one heading."""
        first: dict[tuple[str, ...], str] = {}
        for topic in self.topics.values():
            if len(topic.rows) == 1:
                first.setdefault(topic.sections[:1], topic.id)
        return tuple(first.values())[:CHOICES]

    def counted(self, said: Utterance) -> int | None:
        """Which of the choices of a question back an utterance takes by its number, from 0; None where none."""
        return next((position for position, rule in enumerate(PICKS) if said.shows(rule)), None)

    def subjects(self, named: Sequence[Seen]) -> list[str]:
        """The topics named that are no questions one may ask of any topic."""
        return [seen.what for seen in named if not self.topics[seen.what].general]

    def carried(
        self, said: Utterance, intent: Intent, named: Sequence[Seen], typed: Reading, thread: Sequence[Past]
    ) -> tuple[str, ...]:
        """The topics that an elliptic question takes on from the questions before."""
        cut = self.rules.cutoffs
        leans = said.shows("points-back")
        if intent is Intent.RANKING and not leans:  # of all there is
            return ()
        elsewhere = cut.elsewhere_sure if leans else cut.elsewhere
        if YEAR.search(said.plain) or (not named and self.scores.elsewhere(typed) >= elsewhere):
            return ()
        if (one := said.sees("one-of")) and not named:
            words = [" ".join(said.plain[slice(*one.span)].split()[1:-1])]
            described = self.scores.described(self.scores.read(words, self.read(words)), self.around(thread[-1].about))
            if described:
                return (described,)
        stands = self.scores.stands(typed)
        return goes_on(said, intent, self.subjects(named), stands, thread, cut.carry_words, self.twins)

    def apart(
        self, said: Utterance, named: Sequence[Seen], intent: Intent, thread: Sequence[Past]
    ) -> tuple[list[Seen], str]:
        """What a question names but for the people it asks of, and those people; "" where the source speaks of both.

        "Salt in sourdough" is about salt, unless a lead is about both; so is "and in sourdough?" after it.
        """
        people = next((self.topics[seen.what] for seen in named if self.topics[seen.what].among), None)
        others = [seen for seen in named if not (people and self.topics[seen.what].among)]
        subjects = [seen.what for seen in others if self.topics[seen.what].rows]
        if not others and thread and said.shows("asks-the-same"):
            subjects = [topic for topic in thread[-1].about if self.topics[topic].rows]
        if people is None or not subjects or intent not in OF_PEOPLE:
            return list(named), ""
        both = any({people.id, *subjects[:1]} <= set(lead.topics) for lead in self.leads.values())
        near = {people.id, *people.related}
        if both or self.topics[subjects[0]].among or near & {subjects[0], *self.topics[subjects[0]].related}:
            return list(named), ""
        return others, people.among

    def around(self, topics: Sequence[str]) -> set[str]:
        """Topics told of beside these: related to one of them, or under one of its headings; not themselves."""
        sections = {section for name in topics for section in self.topics[name].sections}
        related = {other for name in topics for other in self.topics[name].related}
        beside = {topic.id for topic in self.topics.values() if sections & set(topic.sections)}
        return (related | beside) - set(topics)

    def within(self, topics: Sequence[str]) -> set[str]:
        """Where an elliptic question is answered: the topics it goes on with, related ones, and general ones."""
        related = {topic for name in topics for topic in self.topics[name].related}
        general = {topic.id for topic in self.topics.values() if topic.general}
        return {*topics, *related, *general}

    def asks_the_same(self, said: Utterance, asked: Asked, named: Sequence[Seen], before: Past) -> bool:
        """Whether a question without a kind of its own asks what the one before it asked ("and for rye?").

        So does a bare name ("salt"), where the one before asked for a figure or a work.
        """
        listed = before.intent in (Intent.FIGURE, Intent.REFERENCE)
        bare = listed and named and self.is_bare(said, named)
        return not asked.kind and bool(bare or said.seen("asks-the-same", "corrects"))

    def is_bare(self, said: Utterance, named: Sequence[Seen] = ()) -> bool:
        """Whether an utterance holds nothing but function words, pointers ("and the other kind?") and what it names."""
        left = without(said.plain, named)
        pointers = Utterance(left, self.rules.dialogue).seen(*POINTERS, "other-of")
        return all(word in STOP for word in WORD.findall(without(left, pointers)))


def goes_on(
    said: Utterance,
    intent: Intent,
    named: Sequence[str],
    stands: bool,
    thread: Sequence[Past],
    words: int,
    twins: Mapping[str, str],
) -> tuple[str, ...]:
    """The topics that an elliptic question takes on from the questions before it, oldest first in `thread`.

    `named`: topics that it names itself. `stands`: a cue of a subject asks almost just this, so that it needs no other.
    None where it is longer than `words` (twice that where a pronoun points back and it tells no story), or names what
    it is about. `twins`: what "the other kind" means beside a topic, and "the other one" where the last two questions
    were about the same.
    """
    leans, both = said.shows("points-back"), said.shows("both-of")
    length = len(said.plain.split())
    if not thread or length > words * (2 if leans and intent is not Intent.VIGNETTE else 1):
        return ()
    two = mentioned(thread)
    if both and len(two) < 2:
        return thread[-1].about[:1]
    alone = named and stands and not both and not said.shows("beside-it-too")
    if (intent is Intent.COMPARISON or both) and len(set(named)) < 2 and not alone:
        return tuple(two[:2]) if not named else tuple(t for t in reversed(two) if t not in named)[:1]
    if named and said.shows("goes-back"):
        return ()
    if named:
        return beside_named(said, named, stands, thread, length <= words // 2)
    if pointed := pointed_at(said, thread, two, twins):
        return pointed
    if stands and not leans and not said.shows("follows-on"):
        return ()
    return thread[-1].about


def beside_named(
    said: Utterance, named: Sequence[str], stands: bool, thread: Sequence[Past], short: bool
) -> tuple[str, ...]:
    """What a question that names a topic takes on beside it: seldom anything."""
    before = thread[-1].about
    if said.shows("them-both"):
        return tuple(mentioned(thread)[:2])
    if short and set(named) <= set(before) and not stands:
        return tuple(dict.fromkeys(named))
    too = len(before) > 1 and said.shows("beside-it-too")
    kept = too or said.seen("beside-it", "objects")
    return tuple(topic for topic in subject(thread) if kept and topic not in named)


def pointed_at(
    said: Utterance, thread: Sequence[Past], two: Sequence[str], twins: Mapping[str, str]
) -> tuple[str, ...]:
    """The topics that "the first one", "the other kind" and "those" mean; none where nothing points so."""
    order, before = listed(thread), thread[-1].about
    for name, position in POINTERS.items():
        if len(order) > 1 and said.shows(name):
            return (order[position],) if name != "last-of" or counts(thread[-1]) else before
    if said.shows("other-of"):
        beside = twin_of(said, thread, twins)
        if other := [topic for topic in (*beside, *two) if topic not in before[:1]]:
            return tuple(other[:1])
    if len(two) > 1 and len(before) == 1 and said.shows("plural") and turned(thread):
        return tuple(two[:2])
    return ()


def twin_of(said: Utterance, thread: Sequence[Past], twins: Mapping[str, str]) -> list[str]:
    """The other of a kind, where "the other one" means that: of the last question, "the other kind" of any before."""
    pasts = thread[::-1] if said.shows("other-kind") else thread[-1:] if not turned(thread) else ()
    return [twins[topic] for past in pasts for topic in past.about[:1] if topic in twins][:1]


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
