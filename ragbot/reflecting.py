"""A message of a guided reflection → its next step: what happened, an attempt and its feedback, or the page to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragbot.composition import (
    Composer,
    Told,
    Tried,
    compose_end,
    compose_feedback,
    compose_told,
    with_privacy,
    with_safety,
)
from ragbot.composition.leads import TOPICS
from ragbot.conversation import Turn, running
from ragbot.evidence import select_evidence
from ragbot.retrieval import retrieve
from ragbot.types import Draft, Evidence, Past, Practice, Query, Stage, Step
from ragbot.understanding import Understanding, Utterance

NEAREST = 2  # quotes where nothing is known of a source beforehand


class Reflected(NamedTuple):
    """What a step is about, as it was understood, what is said to it, and what it leaves for the next."""

    query: Query
    draft: Draft
    step: Step


class Reflecting:
    """Guides a reflection: attempt, evidence, one question, retry. No attempt goes without feedback."""

    def __init__(self, understanding: Understanding, composer: Composer) -> None:
        self.understanding, self.composer = understanding, composer

    def step(self, message: str, thread: Sequence[Past], turns: Sequence[Turn]) -> Reflected | None:
        """The next step of the conversation whose `turns` these are, oldest first.

        None where the message is no step: small talk, a question to the source, someone's safety. A client's safety in
        an attempt comes first, and its feedback follows.
        """
        query = self.understanding.understand(message, thread)
        said = self.understanding.utterance(message)
        under_way = running(turns)
        ends = bool(under_way) and said.shows("ends")
        begins = not under_way or said.shows("practises") or (len(under_way) == 1 and said.shows("tells-anew"))
        asks = said.shows("asks-source") or (said.shows("asks-what") and self.understanding.named(said))
        aside = asks or (query.smalltalk and not ends)
        if aside or (query.safety and (begins or query.safety.what != "client")):
            return None
        steps = [turn.step for turn in under_way if turn.step]
        if begins:
            told = self.practice(said, turns) if said.shows("practises") else self.told(message)
            draft, step = compose_told(self.composer, told)
        elif ends:
            told = self.told_before(under_way)
            tried = [self.tried(turn.message) for turn in under_way if turn.step and turn.step.stage is Stage.ATTEMPT]
            draft, step = compose_end(self.composer, told, tried, steps)
        else:
            told = self.told_before(under_way)
            draft, step = compose_feedback(self.composer, told, self.tried(message), steps)
        return Reflected(told.query, with_safety(self.composer, query, with_privacy(self.composer, query, draft)), step)

    def told(self, text: str, practice: Practice | None = None) -> Told:
        """What happened, understood."""
        query = self.understanding.understand(text, tells=True)
        own = (practice.topic,) if practice else ()
        least = self.understanding.rules.cutoffs.heard
        sure = [score.topic for score in query.topics[:TOPICS] if score.score >= least]
        topics = dict.fromkeys((*own, *(sure or [score.topic for score in query.topics[:1]])))
        return Told(query, tuple(topics), practice, self.nearest(query))

    def nearest(self, query: Query) -> tuple[Evidence, ...]:
        """A quote or two that come nearest to what happened, where they are near enough."""
        index, cut = self.composer.index, self.composer.rules.cutoffs
        hits = [x for x in retrieve(query, index, cut) if x.score >= cut.answer and x.dense >= cut.answer_dense]
        return select_evidence(index, hits, (), NEAREST, cut.quote_share, cut.quoted_words)

    def told_before(self, under_way: Sequence[Turn]) -> Told:
        """What the reflection under way is about: told in its first turn, its topics as they were last heard."""
        first, heard = under_way[0], [turn.step for turn in under_way if turn.step and turn.step.stage is Stage.TOLD]
        moment = heard[0].moment
        practice = Practice(heard[0].topics[0], moment) if moment else None
        topics = tuple(topic for topic in heard[-1].topics if topic in self.composer.topics)
        return self.told(moment or first.message, practice)._replace(topics=topics)

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
        return Tried(message, self.understanding.moves.read(message), self.understanding.identifies(message))
