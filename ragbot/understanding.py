"""Utterance → Query: what is asked and about what. Never reads the source's passages.

Rules see intents, measures and risks; the pack's lexicon and the embeddings of its cues see topics and leads,
sentence by sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ragbot.index import Index
from ragbot.rules import PhraseRule, Rules
from ragbot.types import SITUATIONS, Intent, LeadScore, Measure, Query, Seen, Span, Topic, TopicScore
from ragbot.words import STOP, WORD, plain, stem

SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")
FIRST_WORDS = (  # of a sentence that asks, where people leave the mark out
    "how|what|which|who|whose|why|when|where|should|can|could|do|does|did|is|are|must|may",
    "tell me|explain|define|give|list|name|show|compare",
)
ASKING = re.compile(rf"(?:(?:and|but|so|or|ok|well) )?(?:{'|'.join(FIRST_WORDS)})\b")
WRITER = re.compile(r"\b(i|my|me|we|us|our)\b")
FOLLOWING = re.compile(r"(and|but|also|what about|how about)\b")
YEAR = re.compile(r"\b(1[89]|20)\d\d\b")
MOST_SENTENCES = 24  # read one by one; each costs a pass of the encoder
NEIGHBOURS = 3  # a topic's cue score is the mean of its nearest three cues
SHORT_TERM = 3  # a term of at most so many letters (an abbreviation) is matched as typed, not by stem
ALONE = 6  # a question word's worth: an utterance of fewer content words without a rule is a keyword query


def folded(text: str) -> str:
    """Plain lower-case text with offsets kept: one character for one character."""
    return "".join((plain(char) or " ")[0] for char in text)


def sentences_of(text: str) -> list[Span]:
    """The utterance's sentences, roughly; the whole where it is one."""
    found = [Span(m.start(), m.end()) for m in SENTENCE.finditer(text) if len(m.group().split()) > 1]
    return found[:MOST_SENTENCES] if len(found) > 1 else []


class Lexicon:
    """The terms of every topic, found in an utterance by the stems of their words; the longest match wins."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self.terms: dict[tuple[str, ...], list[str]] = {}
        for topic in topics:
            for term in (topic.name, *topic.terms):
                key = tuple(self.form(word) for word in WORD.findall(plain(term)))
                owners = self.terms.setdefault(key, [])
                if key and topic.id not in owners:
                    owners.append(topic.id)
        self.longest = max(map(len, self.terms), default=0)

    @staticmethod
    def form(word: str) -> str:
        return word if len(word) <= SHORT_TERM else stem(word)

    def find(self, text: str) -> list[Seen]:
        """Every topic named in plain text: `what` is the topic's id."""
        words = [(self.form(match.group()), match.start(), match.end()) for match in WORD.finditer(text)]
        found, position = [], 0
        while position < len(words):
            for length in range(min(self.longest, len(words) - position), 0, -1):
                run = words[position : position + length]
                owners = self.terms.get(tuple(word for word, _, _ in run))
                if owners:
                    span = Span(run[0][1], run[-1][2])
                    found += [Seen(owner, span, f"term of {owner}") for owner in owners]
                    position += length - 1
                    break
            position += 1
        return found


class Understanding:
    """What is needed to understand an utterance: rules, lexicon, cues and the encoder."""

    def __init__(self, index: Index, rules: Rules, encode: Callable[[Sequence[str]], np.ndarray]) -> None:
        self.rules = rules
        self.encode = encode
        self.topics = index.topics
        self.leads = index.leads
        self.lexicon = Lexicon(self.topics.values())
        self.cue_vectors = index.cue_vectors
        cues = index.cues
        self.by_topic = {t: np.array([n for n, cue in enumerate(cues) if cue.topic == t], int) for t in self.topics}
        self.by_lead = {x: np.array([n for n, cue in enumerate(cues) if cue.lead == x], int) for x in self.leads}

    def understand(self, text: str, before: Query | None = None) -> Query:
        """Read an utterance; an elliptic one takes on the topic of `before`, the last question of content."""
        seen = folded(text)
        named = self.lexicon.find(seen)
        smalltalk = first(self.rules.smalltalk, seen.strip().rstrip(".!?~ "), whole=True)
        vectors = self.encode([text, *(text[slice(*span)] for span in sentences_of(text))])
        carried = None if named or smalltalk else self.carried(seen, vectors, before)
        if carried:
            vectors = self.encode([f"{self.topics[carried].name}: {text}"])
        topics = self.score_topics(named, vectors, carried)
        intent, measures, rules = self.read_intent(seen)
        if carried and before and not rules and intent is Intent.FINDING:
            intent = before.intent
        fired = first(self.rules.safety, seen)
        return Query(
            text=text,
            intent=intent,
            topics=topics,
            leads=self.score_leads(vectors, topics, intent),
            vector=vectors[0],
            measures=measures,
            seen=(*named, *rules),
            safety=fired,
            smalltalk=smalltalk,
            notices=tuple(found for rule in self.rules.privacy if (found := rule.see(seen))),
            read_as=self.read_as(carried) if carried else None,
        )

    def carried(self, text: str, vectors: np.ndarray, before: Query | None) -> str | None:
        """The topic that an elliptic question takes on from the turn before.

        None where it is long, names a work, or is asked almost to the word by a cue and so stands on its own; what
        begins like a follow-up ("and …") never does.
        """
        cut = self.rules.cutoffs
        if not before or not before.topics or len(text.split()) > cut.carry_words or YEAR.search(text):
            return None
        stands = len(self.cue_vectors) and float((vectors @ self.cue_vectors.T).max()) >= cut.lead_close
        return None if stands and not FOLLOWING.match(text) else before.topics[0].topic

    def read_as(self, topic: str) -> str:
        """How an elliptic question was read, in words; what was typed is not repeated."""
        return self.rules.responses.remarks["read_as"].format(topic=self.topics[topic].name)

    def score_topics(self, named: Sequence[Seen], vectors: np.ndarray, carried: str | None) -> tuple[TopicScore, ...]:
        """Topics above the cut-off, strongest first: terms and cues together, as independent evidence."""
        cut = self.rules.cutoffs
        similar = vectors @ self.cue_vectors.T if len(self.cue_vectors) else np.zeros((len(vectors), 0))
        scores = []
        for topic, cues in self.by_topic.items():
            terms = tuple(seen for seen in named if seen.what == topic)
            nearest = np.sort(similar[:, cues], axis=1)[:, -NEIGHBOURS:].mean(axis=1).max() if cues.size else 0.0
            cue = min(max((float(nearest) - cut.cue_floor) / (cut.cue_ceiling - cut.cue_floor), 0.0), 1.0)
            term = cut.term if terms else 0.0
            score = 1 - (1 - cue) * (1 - term) * (1 - (cut.term if topic == carried else 0.0))
            if score >= cut.topic:
                scores.append(TopicScore(topic, round(score, 6), terms))
        return tuple(sorted(scores, key=lambda score: (-score.score, score.topic)))

    def score_leads(self, vectors: np.ndarray, topics: Sequence[TopicScore], intent: Intent) -> tuple[LeadScore, ...]:
        """Leads above the cut-off, best first."""
        cut = self.rules.cutoffs
        if not len(self.cue_vectors):
            return ()
        similar = (vectors @ self.cue_vectors.T).max(axis=0)
        strength = {score.topic: score.score for score in topics}
        scores = []
        for name, cues in self.by_lead.items():
            lead = self.leads[name]
            about = max((strength.get(topic, 0.0) / (1 + n / 4) for n, topic in enumerate(lead.topics)), default=0.0)
            near = float(similar[cues].max())
            score = near + cut.lead_topic * about + cut.lead_agrees * (intent in lead.answers)
            if score >= (cut.lead_situation if intent in SITUATIONS else cut.lead):
                scores.append(LeadScore(name, round(score, 6), round(near, 6)))
        return tuple(sorted(scores, key=lambda score: (-score.score, score.lead)))

    def read_intent(self, text: str) -> tuple[Intent, tuple[Measure, ...], tuple[Seen, ...]]:
        """The intent, the measures asked for, and what showed them.

        In a telling, only what is asked outright counts, so that "more than" in a story is no comparison.
        """
        telling = is_telling(text)
        asked = only_questions(text) if telling else text
        measures = [found for rule in self.rules.measures if (found := rule.see(asked))]
        rules = [found for rule in self.rules.intents if (found := rule.see(asked))]
        wanted = tuple(Measure(found.what) for found in measures)
        intent = Intent(rules[0].what) if rules else Intent.FINDING
        if wanted and intent in (Intent.FINDING, Intent.DEFINITION, Intent.HOWTO):
            intent = Intent.FIGURE
        content = sum(word not in STOP for word in WORD.findall(text))
        if intent is Intent.FINDING and (telling or (not rules and content >= ALONE)):
            intent = Intent.VIGNETTE
        return intent, wanted, (*rules[:1], *measures)


def asks(sentence: str) -> bool:
    """Whether a sentence asks: by its mark, or by its first word where people leave the mark out."""
    return sentence.rstrip().endswith("?") or ASKING.match(sentence.lstrip()) is not None


def only_questions(text: str) -> str:
    """The text with every sentence that asks nothing blanked out; offsets stay."""
    return "".join(part if asks(part) else " " * len(part) for part in re.findall(r"[^.?!\n]*[.?!\n]*", text))


def is_telling(text: str) -> bool:
    """Whether an utterance tells what happened rather than asks.

    The writer is in it and not every sentence asks, or it is long and asks nothing.
    """
    parts = [part for part in SENTENCE.findall(text) if len(part.split()) > 2]
    asking = sum(map(asks, parts))
    return len(parts) > asking if WRITER.search(text) else not asking and len(text.split()) > 12


def first(rules: Sequence[PhraseRule], text: str, whole: bool = False) -> Seen | None:
    """The first rule that fires."""
    return next((found for rule in rules if (found := rule.see(text, whole))), None)
