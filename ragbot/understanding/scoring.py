"""Vectors of an utterance → scores of topics, leads and gaps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import log
from typing import NamedTuple

import numpy as np

from ragbot.index import Index
from ragbot.recognition import features, recognise
from ragbot.rules import Cutoffs
from ragbot.types import SITUATIONS, GapScore, Intent, LeadScore, Seen, TopicScore

NEIGHBOURS = 3  # a topic's cue score is the mean of its nearest three cues
RANK_SHARE = 0.25  # a lead's second topic counts for 1 / (1 + 0.25) of its first, the third for 1 / 1.5


class Reading(NamedTuple):
    """How an utterance compares with what is known: rows for the whole of it and for each of its sentences.

    similar: cosine to each cue, -1 to 1. told: features for topics, asked: for leads and gaps; see `recognition`.
    """

    similar: np.ndarray
    told: np.ndarray
    asked: np.ndarray


class Scores:
    """Scores against an index's cues."""

    def __init__(self, index: Index, cut: Cutoffs) -> None:
        self.cut = cut
        self.index = index
        cues = index.cues
        self.by_topic = {t: np.array([n for n, cue in enumerate(cues) if t in cue.topics], int) for t in index.topics}
        self.by_lead = {x: np.array([n for n, cue in enumerate(cues) if cue.lead == x], int) for x in index.leads}
        self.even = 1 / (2 + len(index.leads) + len(index.gaps))  # what a lead has that nothing speaks for
        self.knows_elsewhere = any(cue.elsewhere for cue in cues)
        self.by_gap = [np.array([n for n, cue in enumerate(cues) if cue.gap == x.lacks], int) for _, x in index.gaps]

    def read(self, texts: Sequence[str], read: np.ndarray) -> Reading:
        """Compare an utterance, as the encoder read it, with the cues; the first text is the whole of it."""
        vectors, words = read[:, : self.index.cue_vectors.shape[1]], self.index.cue_words
        return Reading(
            vectors @ self.index.cue_vectors.T, features(texts, read, words), features(texts, vectors, words)
        )

    def topics(
        self,
        reading: Reading,
        named: Sequence[Seen],
        carried: Sequence[str],
        told: bool,
        barred: Collection[str] = (),
    ) -> tuple[TopicScore, ...]:
        """Topics above the cut-off, strongest first.

        Of a question, terms and cues count as independent evidence; what is told goes by the learned weights, since
        a term in a story ("we had a good rapport once") is seldom what it is about. There the sentence that speaks
        most for a topic counts beside the whole: somebody may tell of two things in two sentences.
        """
        cut = self.cut
        shares = recognise(reading.told, self.index.topic_weights)
        learned = cut.whole * shares[0] + (1 - cut.whole) * shares.max(axis=0)
        scores = []
        for number, (topic, cues) in enumerate(self.by_topic.items()):
            terms = tuple(seen for seen in named if seen.what == topic)
            score = float(learned[number])
            if not told:
                nearest = np.sort(reading.similar[:, cues], axis=1)[:, -NEIGHBOURS:].mean(axis=1).max(initial=0.0)
                near = min(max((float(nearest) - cut.cue_floor) / (cut.cue_ceiling - cut.cue_floor), 0.0), 1.0)
                cue = cut.learned * score + (1 - cut.learned) * near
                score = 1 - (1 - cue) * (1 - (cut.term if terms or topic in carried else 0.0))
            if topic not in barred and score >= (cut.topic_told if told else cut.topic):
                scores.append(TopicScore(topic, round(score, 6), terms))
        return tuple(sorted(scores, key=lambda score: (-score.score, score.topic)))

    def asked(self, readings: Sequence[Reading]) -> tuple[np.ndarray, np.ndarray]:
        """How near an utterance is to each cue, by its nearest sentence (cues,), and how sure each lead and gap is.

        Of an elliptic question there are two readings, as typed and with the topics it goes on with; both count for
        half, since what was typed tells what is asked, and the rest about what. Where there are several sentences, the
        one that is surest of a lead counts.
        """
        near = np.mean([reading.similar.max(axis=0, initial=-1.0) for reading in readings], axis=0)
        shares = [recognise(reading.asked, self.index.ask_weights).max(axis=0) for reading in readings]
        return near, np.exp(np.mean(np.log(np.maximum(shares, self.even)), axis=0))

    def stands(self, reading: Reading) -> bool:
        """Whether a question asks almost just what a lead or gap of a subject answers, so that it needs no other."""
        near, sure = self.asked([reading])
        leads = [(self.index.topics[self.index.leads[x].topics[0]], cues) for x, cues in self.by_lead.items()]
        gaps = [(self.index.topics[topic], cues) for (topic, _), cues in zip(self.index.gaps, self.by_gap, strict=True)]
        return any(
            not topic.general and (certain >= self.cut.stands or near[cues].max(initial=-1.0) >= self.cut.lead_close)
            for (topic, cues), certain in zip([*leads, *gaps], sure, strict=True)
        )

    def elsewhere(self, reading: Reading) -> float:
        """How surely an utterance asks for what the source has nothing to do with, 0 to 1: every sentence of it.

        Nothing is known of that where no examples were given.
        """
        if not self.knows_elsewhere:
            return 0.0
        return float(1 - recognise(reading.asked, self.index.ask_weights).sum(axis=1).max())

    def described(self, reading: Reading, beside: Collection[str] = ()) -> str | None:
        """The topic that a few words describe by the learned weights; one `beside` what was spoken of needs less."""
        shares = recognise(reading.told, self.index.topic_weights)[0]
        found = [(share, topic) for topic, share in zip(self.by_topic, shares, strict=True)]
        subjects = [pair for pair in found if not self.index.topics[pair[1]].general]
        least = [(s, topic) for s, topic in subjects if s >= self.cut.described / (4 if topic in beside else 1)]
        return max(least)[1] if least else None

    def about(self, topics: Sequence[str], strength: dict[str, float]) -> float:
        """How strongly an utterance is about any of a lead's topics, its main one counting most; 0 to 1."""
        return max((strength.get(topic, 0.0) / (1 + RANK_SHARE * n) for n, topic in enumerate(topics)), default=0.0)

    def certain(self, sure: float) -> float:
        """A share on a scale from an even one, 0, to certainty, 1; logarithmic."""
        return 1 - log(max(sure, self.even)) / log(self.even)

    def value(self, near: float, sure: float, about: float, agrees: bool, told: bool) -> float:
        """The score of a lead or gap: what is near, sure (from an even share, 0, to certainty, 1), about and meant."""
        cut = self.cut
        certain = self.certain(sure)
        topic = cut.lead_topic_told if told else cut.lead_topic
        return near + cut.lead_sure * certain + topic * about + cut.lead_agrees * agrees

    def leads(
        self,
        readings: Sequence[Reading],
        topics: Sequence[TopicScore],
        intent: Intent,
        told: bool,
        onto: Collection[str] = (),
        within: Collection[str] = (),
        again: Sequence[str] = (),
        said: Collection[str] = (),
    ) -> tuple[LeadScore, ...]:
        """Leads above the cut-off, best first.

        `onto`: topics that an elliptic question goes on with; what may be asked of any topic is told by what was typed
        alone, unless it is about one of these too. `within`: it is answered within these, unless what was typed is
        near enough to another lead's questions by itself. `again`: leads of the answer before, of which a figure is
        asked; they gain. `said`: more is asked for than these leads said.
        """
        near, sure = self.asked(readings)
        typed, typed_sure = self.asked(readings[:1])
        strength = {score.topic: score.score for score in topics}
        named = {score.topic for score in topics if score.seen}
        least = 0.0 if told else self.cut.lead_situation if intent in SITUATIONS else self.cut.lead
        scores = []
        for number, (name, cues) in enumerate(self.by_lead.items()):
            lead = self.index.leads[name]
            if within and not set(within) & set(lead.topics) and float(typed[cues].max()) < self.cut.lead_stands:
                continue
            general = self.index.topics[lead.topics[0]].general and not set(onto) & set(lead.topics)
            closest = float((typed if general else near)[cues].max())
            certain = float((typed_sure if general else sure)[number])
            score = self.value(closest, certain, self.about(lead.topics, strength), intent in lead.answers, told)
            score += self.cut.lead_again * (name in again)
            if name in said:
                continue
            if score >= least and (told or closest >= self.cut.lead_near or lead.topics[0] in named):
                scores.append(LeadScore(name, round(score, 6), round(closest, 6), round(certain, 6)))
        return tuple(sorted(scores, key=lambda score: (-score.score, score.lead)))

    def gaps(self, readings: Sequence[Reading], topics: Sequence[TopicScore]) -> tuple[GapScore, ...]:
        """Gaps that the utterance may ask for, best first, its topics counting as for leads."""
        near, sure = self.asked(readings)
        strength = {score.topic: score.score for score in topics}
        scores = []
        for number, ((topic, gap), cues) in enumerate(zip(self.index.gaps, self.by_gap, strict=True)):
            if cues.size:
                closest, certain = float(near[cues].max()), float(sure[len(self.by_lead) + number])
                score = self.value(closest, certain, strength.get(topic, 0.0), False, False)
                shares = (round(certain, 6), round(self.certain(certain), 6))
                scores.append(GapScore(gap, topic, round(score, 6), round(closest, 6), *shares))
        return tuple(sorted(scores, key=lambda score: (-score.score, score.gap.lacks)))
