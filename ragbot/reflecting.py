"""A message of a guided reflection → its next step: what happened, an attempt and its feedback, or the page to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ragbot.composition import (
    Composer,
    Told,
    Tried,
    compose_end,
    compose_feedback,
    compose_pass,
    compose_told,
    with_privacy,
    with_safety,
)
from ragbot.composition.leads import TOPICS
from ragbot.conversation import Turn, running
from ragbot.evidence import select_evidence
from ragbot.retrieval import retrieve
from ragbot.types import Draft, Evidence, Intent, Past, Practice, Query, Stage, Status, Step
from ragbot.understanding import Understanding, Utterance

WAITS = (Status.ANSWERED, Status.PARTIAL, Status.NOT_COVERED)  # of an aside after which an attempt may come
OF_THE_SOURCE = (Intent.FIGURE, Intent.DEFINITION, Intent.RANKING, Intent.COMPARISON, Intent.REFERENCE, Intent.HISTORY)
NEAREST = 2  # quotes where nothing is known of a source beforehand


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
        comes first, and its feedback follows. Of a case with attempts, the page comes before a moment to practise on.
        """
        query = self.understanding.understand(message, thread)
        said = self.understanding.utterance(message)
        under_way = running(turns)
        steps = [turn.step for turn in under_way if turn.step]
        attempts = [turn.message for turn in under_way if turn.step and turn.step.stage is Stage.ATTEMPT]
        practises = said.shows("practises")
        ends = bool(under_way) and (said.shows("ends") or (practises and bool(attempts) and not steps[0].moment))
        begins = not under_way or practises or (not attempts and self.tells_anew(said))
        if self.is_aside(query, said, ends) or (query.safety and (begins or query.safety.what != "client")):
            return None
        step: Step | None
        if ends:
            told = self.told_before(under_way)
            draft, step = compose_end(self.composer, told, [self.tried(text) for text in attempts], steps)
        elif begins:
            told = self.practice(said, turns) if practises else self.told(message)
            draft, step = compose_told(self.composer, told)
        elif said.shows("objects-to-reading"):
            told = self.told_before(under_way)
            draft, step = compose_pass(self.composer, told), None
        else:
            told = self.told_before(under_way)
            draft, step = compose_feedback(self.composer, told, self.tried(message), steps)
        return Reflected(told.query, with_safety(self.composer, query, with_privacy(self.composer, query, draft)), step)

    def tells_anew(self, said: Utterance) -> bool:
        """Whether what was heard is corrected, in words that are not for a client."""
        return said.shows("tells-anew") and not said.shows("addresses")

    def is_aside(self, query: Query, said: Utterance, ends: bool) -> bool:
        """Whether a message is small talk, or a question to the source or the bot: not something to say to a client."""
        if query.smalltalk or said.shows("asks-source") or said.shows("asks-bot"):
            return not ends
        asks = self.understanding.asking.asks(said.plain) and not said.seen("writer", "addresses")
        of_a_kind = said.shows("asks-what") or bool(query.measures) or query.intent in OF_THE_SOURCE
        return asks and of_a_kind and bool(self.understanding.named(said))

    def beside(self, draft: Draft, turns: Sequence[Turn]) -> Draft:
        """An aside's draft, with a word that the reflection waits where one is under way."""
        waits = running(turns) and draft.status in WAITS
        return replace(draft, closing=(self.composer.remark("question_first"),)) if waits else draft

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
        last = [turn for turn in under_way if turn.step and turn.step.stage is Stage.TOLD][-1]
        private = self.understanding.identifies(first.message)
        told = self.told(moment or last.message, practice)
        return told._replace(topics=topics, happened=moment or first.message, private=private)

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
