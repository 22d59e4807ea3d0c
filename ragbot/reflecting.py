"""A message of a guided reflection → its next step: what happened, an attempt and its feedback, or the page to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from ragbot.composition import (
    MAIN_TOPICS,
    Composer,
    Told,
    Tried,
    compose_end,
    compose_feedback,
    compose_idle,
    compose_misread,
    compose_told,
    with_privacy,
    with_safety,
)
from ragbot.conversation import Turn, running
from ragbot.evidence import select_evidence
from ragbot.retrieval import retrieve
from ragbot.types import Draft, Evidence, Intent, Past, Practice, Query, Stage, Status, Step
from ragbot.understanding import Understanding, Utterance
from ragbot.understanding.privacy import unmarked

WAITS = (Status.ANSWERED, Status.PARTIAL, Status.NOT_COVERED)  # of an aside after which an attempt may come
OF_THE_SOURCE = (Intent.FIGURE, Intent.DEFINITION, Intent.RANKING, Intent.COMPARISON, Intent.REFERENCE, Intent.HISTORY)
NEAREST = 2  # quotes where nothing is known of a source beforehand


class Part(Enum):
    """What a message is in a guided reflection."""

    TELLING = auto()  # what happened
    PRACTICE = auto()  # a moment to practise on is asked for
    ATTEMPT = auto()
    OBJECTION = auto()  # to how an attempt was read
    END = auto()  # the page to keep is asked for
    IDLE = auto()  # so it is where nothing is under way


class Reflected(NamedTuple):
    """What a message is about, as it was understood, what is said to it, and its step; none where it is no attempt."""

    query: Query
    draft: Draft
    step: Step | None


class Reflecting:
    """Guides a reflection: attempt, evidence, one question, retry. No attempt goes without feedback."""

    def __init__(self, understanding: Understanding, composer: Composer) -> None:
        self.understanding, self.composer = understanding, composer

    def step(self, message: str, thread: Sequence[Past], turns: Sequence[Turn]) -> Reflected | None:
        """The next step of the conversation whose `turns` these are, oldest first.

        None where the message is no step: small talk, a question, someone's safety. A client's safety in an attempt
        comes first, and its feedback follows.
        """
        query, message = self.understanding.understand(message, thread), self.understanding.masked(message)
        said = self.understanding.utterance(message)
        under_way = running(turns)
        part = self.part(query, said, under_way)
        if part is None:
            return None
        step: Step | None
        if part is Part.IDLE:
            return Reflected(query, compose_idle(self.composer), None)
        if part is Part.TELLING or part is Part.PRACTICE:
            told = self.told(message) if part is Part.TELLING else self.practice(said, turns)
            draft, step = compose_told(self.composer, told)
        else:
            told = self.told_before(under_way)
            draft, step = self.went_on(part, message, told, under_way)
        return Reflected(told.query, with_safety(self.composer, query, with_privacy(self.composer, query, draft)), step)

    def part(self, query: Query, said: Utterance, under_way: Sequence[Turn]) -> Part | None:
        """What a message is in the reflection under way, where one is; None where it has no part in it.

        Of a case with attempts, the page comes before a moment to practise on.
        """
        tried = any(turn.step and turn.step.stage is Stage.ATTEMPT for turn in under_way)
        part = Part.ATTEMPT if under_way else Part.TELLING
        if said.shows("practises"):
            part = Part.END if tried and not moment_of(under_way) else Part.PRACTICE
        elif said.shows("ends"):
            part = Part.END if under_way else Part.IDLE
        elif under_way and not tried and said.shows("tells-anew") and not said.shows("addresses"):
            part = Part.TELLING  # what was heard is corrected, in words that are not for a client
        elif under_way and said.shows("objects-to-reading"):
            part = Part.OBJECTION
        begins = part in (Part.TELLING, Part.PRACTICE)
        if self.is_aside(query, said, part in (Part.END, Part.IDLE)) or (
            query.safety and (begins or query.safety.what != "client")
        ):
            return None
        return part

    def is_aside(self, query: Query, said: Utterance, ends: bool) -> bool:
        """Whether a message is small talk, in another language, or a question: not something to say to a client."""
        to_bot = query.language or query.smalltalk or (query.declined and not said.shows("addresses"))
        if to_bot or said.shows("asks-source") or said.shows("asks-bot"):
            return not ends
        asks = self.understanding.asking.asks(said.plain) and not said.seen("writer", "addresses")
        of_a_kind = said.shows("asks-what") or bool(query.measures) or query.intent in OF_THE_SOURCE
        return asks and of_a_kind and bool(self.understanding.named(said))

    def went_on(self, part: Part, message: str, told: Told, under_way: Sequence[Turn]) -> tuple[Draft, Step | None]:
        """What is said to an attempt, to an objection, or at the end."""
        steps = [turn.step for turn in under_way if turn.step]
        if part is Part.OBJECTION:
            return compose_misread(self.composer, told), None
        if part is Part.ATTEMPT:
            return compose_feedback(self.composer, told, self.tried(message), steps)
        attempts = [turn.message for turn in under_way if turn.step and turn.step.stage is Stage.ATTEMPT]
        return compose_end(self.composer, told, [self.tried(text) for text in attempts], steps)

    def beside(self, draft: Draft, turns: Sequence[Turn]) -> Draft:
        """An aside's draft, with a word that the reflection waits where one is under way."""
        waits = running(turns) and draft.status in WAITS
        return replace(draft, closing=(self.composer.remark("question_first"),)) if waits else draft

    def told(self, text: str, practice: Practice | None = None) -> Told:
        """What happened, understood."""
        query = self.understanding.understand(text, tells=True)
        own = (practice.topic,) if practice else ()
        least = self.understanding.rules.cutoffs.heard
        sure = [score.topic for score in query.topics[:MAIN_TOPICS] if score.score >= least]
        topics = dict.fromkeys((*own, *(sure or [score.topic for score in query.topics[:1]])))
        return Told(query, tuple(topics), practice, self.nearest(query))

    def nearest(self, query: Query) -> tuple[Evidence, ...]:
        """A quote or two that come nearest to what happened, where they are near enough."""
        index, cut = self.composer.index, self.composer.rules.cutoffs
        hits = [x for x in retrieve(query, index, cut) if x.score >= cut.answer and x.dense >= cut.answer_dense]
        return select_evidence(index, hits, (), NEAREST, cut.quote_share, cut.quoted_words)

    def told_before(self, under_way: Sequence[Turn]) -> Told:
        """What the reflection under way is about: told in its first turn, its topics as they were last heard."""
        heard = [(turn, turn.step) for turn in under_way if turn.step and turn.step.stage is Stage.TOLD]
        (first, begun), (last, latest) = heard[0], heard[-1]
        practice = Practice(begun.topics[0], begun.moment) if begun.moment else None
        return self.told(begun.moment or last.message, practice)._replace(
            topics=tuple(topic for topic in latest.topics if topic in self.composer.topics),
            happened=begun.moment or first.message,
        )

    def practice(self, said: Utterance, turns: Sequence[Turn]) -> Told:
        """A moment to practise on: of a topic that is named, else the next that was not given yet."""
        every = self.composer.index.practice
        given = {turn.step.moment for turn in turns if turn.step}
        named = {seen.what for seen in self.understanding.named(said)}
        own = [moment for moment in every if moment.topic in named]
        new = [moment for moment in own or every if moment.moment not in given]
        chosen = next(iter((*new, *own, *every)), None)
        return self.told(chosen.moment, chosen) if chosen else self.told(said.text)

    def tried(self, message: str) -> Tried:
        """An attempt, read."""
        return Tried(message, self.understanding.moves.read(unmarked(message, self.understanding.rules.privacy)))


def moment_of(under_way: Sequence[Turn]) -> str:
    """The moment that a reflection practises on; "" where it is of a session of one's own."""
    return under_way[0].step.moment if under_way and under_way[0].step else ""
