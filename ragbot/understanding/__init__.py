"""Utterance → Query: what is asked and about what. Never reads the source's passages.

Rules see intents, measures and risks; the pack's lexicon and the embeddings of its cues see topics, leads and gaps,
sentence by sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ragbot.index import Index
from ragbot.rules import Rules
from ragbot.types import SITUATIONS, Intent, Measure, Past, PhraseRule, Query, Seen, TopicScore, without
from ragbot.understanding.following import POINTERS, goes_on
from ragbot.understanding.lexicon import Lexicon
from ragbot.understanding.scoring import Reading, Scores
from ragbot.understanding.sentences import Asking, folded, sentences_of
from ragbot.understanding.spelling import Spelling
from ragbot.words import STOP, WORD

__all__ = ["Understanding", "folded"]

YEAR = re.compile(r"\b(1[89]|20)\d\d\b")  # a question that names a work stands on its own
OF_PEOPLE = (Intent.FIGURE, Intent.FINDING, Intent.CAVEAT, Intent.HOWTO)  # kinds of question asked of some people
ALONE = 6  # a question word's worth: an utterance of fewer content words without a rule is a keyword query


class Understanding:
    """What is needed to understand an utterance: rules, lexicon, cues and the encoder."""

    def __init__(self, index: Index, rules: Rules, read: Callable[[Sequence[str]], np.ndarray]) -> None:
        self.rules = rules
        self.read = read
        self.topics, self.leads = index.topics, index.leads
        self.twins = {topic.id: topic.twin for topic in index.topics.values() if topic.twin}
        self.dimensions = index.manifest.dimensions
        self.lexicon = Lexicon(index.topics.values())
        terms = [term for topic in index.topics.values() for term in (topic.name, *topic.terms)]
        self.spelling = Spelling(terms, (passage.text for passage in index.passages))
        self.scores = Scores(index, rules.cutoffs)
        self.asking = Asking(rules.dialogue)

    def understand(self, text: str, thread: Sequence[Past] = ()) -> Query:
        """Read an utterance; an elliptic one goes on with topics of `thread`, the earlier questions of content."""
        seen = folded(text)
        intent, measures, kind, figures = self.read_intent(seen, bool(thread))
        denied = self.denied(seen) if intent is Intent.VIGNETTE else ()
        claimed = self.claimed(seen)
        attributed, limits = self.seen(seen, "attributed"), self.seen(seen, "asks-limits")
        named = [
            term
            for term in self.lexicon.find(seen, self.spelling.mend)
            if not any(
                term.span.start < x.span.end and x.span.start < term.span.end
                for x in (*figures, *denied, *attributed, *claimed)
            )
        ]  # a measure is no topic, nor is whose word is asked for; what is denied is not what it is about
        smalltalk = first(self.rules.smalltalk, seen.strip().rstrip(".!?~ "), whole=True)
        intent = Intent.FINDING if claimed and not measures else Intent.CAVEAT if limits else intent
        told_of = without(text, (*denied, *claimed))
        parts = (told_of, *(told_of[slice(*span)] for span in sentences_of(told_of)))
        texts = [self.spelling.mended(part) for part in parts]
        vectors = self.read(texts)
        typed = self.scores.read(texts, vectors)
        both = bool(thread) and self.rules.dialogue["both-of"].see(seen) is not None
        named = [] if both and len({term.what for term in named}) < 2 else named  # "which of the two loaves"
        named, among = self.apart(seen, named, intent, thread)
        carried = () if smalltalk else self.carried(seen, named, typed, intent, thread)
        same = bool(thread) and self.continues(seen, kind, named, thread)
        onto = carried or tuple(dict.fromkeys(x.what for x in named if same and not self.topics[x.what].general))
        if same and intent is Intent.FINDING and (carried or named):
            before = thread[-1].intent
            intent = intent if before is Intent.VIGNETTE else before
            measures = measures or thread[-1].measures
        bare = same and not named and self.is_bare(seen)
        asked = self.rules.responses.kinds[intent]
        full = [f"{asked} {self.topics[x].name}" if bare else f"{self.topics[x].name}: {texts[0]}" for x in onto]
        full_vectors = self.read(full) if full else vectors
        whole = self.scores.read(full, full_vectors) if full else typed
        readings = [whole] if bare or not full else [typed, whole]
        within = self.within((*onto, *(term.what for term in named))) if onto else set()
        if both and carried:
            intent = Intent.COMPARISON if len(carried) > 1 else Intent.FINDING
        said = {lead for past in thread for lead in past.leads} if self.rules.dialogue["more-of"].see(seen) else set()
        if said and any(set(onto) & set(lead.topics) for name, lead in self.leads.items() if name not in said):
            within = set(onto)
        told = intent is Intent.VIGNETTE and not onto
        subjects = [x for x in named if not onto or not self.topics[x.what].general]
        barred = self.described(seen, denied)
        topics = self.scores.topics(readings[-1], subjects, onto, told, barred)
        if not topics and intent in SITUATIONS:  # what is asked for in no words of the subject is read as a telling
            told = True
            topics = self.scores.topics(readings[-1], subjects, onto, told, barred)
        return Query(
            text=text,
            intent=intent,
            topics=topics,
            leads=self.scores.leads(
                readings,
                topics,
                intent,
                told,
                onto,
                within,
                thread[-1].leads if carried and measures else (),
                said,
            ),
            vector=full_vectors[0, : self.dimensions],
            gaps=self.scores.gaps(readings, topics),
            elsewhere=self.scores.elsewhere(typed),
            about=about(named, carried, topics),
            among=among,
            works=thread[-1].works if carried else (),
            covered=tuple(thread) if self.rules.dialogue["sums-up"].see(seen) else (),
            measures=measures,
            seen=(*named, *kind, *figures, *claimed, *limits),
            safety=first(self.rules.safety, seen),
            smalltalk=smalltalk,
            notices=tuple(found for rule in self.rules.privacy if (found := rule.see(seen))),
            read_as=self.read_as(intent, onto) if onto else None,
        )

    def carried(
        self, text: str, named: Sequence[Seen], typed: Reading, intent: Intent, thread: Sequence[Past]
    ) -> tuple[str, ...]:
        """The topics that an elliptic question takes on from the questions before."""
        cut = self.rules.cutoffs
        rules = self.rules.dialogue
        subjects = [term.what for term in named if not self.topics[term.what].general]
        leans = rules["points-back"].see(text) is not None
        if intent is Intent.RANKING and not leans:  # of all there is
            return ()
        elsewhere = cut.elsewhere_sure if leans else cut.elsewhere
        if YEAR.search(text) or (not named and self.scores.elsewhere(typed) >= elsewhere):
            return ()
        one = rules["one-of"].see(text) if thread and not named else None
        if one:
            words = [" ".join(text[slice(*one.span)].split()[1:-1])]
            described = self.scores.described(self.scores.read(words, self.read(words)), self.around(thread[-1].about))
            if described:
                return (described,)
        stands, tells = self.scores.stands(typed), intent is Intent.VIGNETTE
        compares = intent is Intent.COMPARISON
        return goes_on(rules, text, subjects, stands, compares, tells, thread, cut.carry_words, self.twins)

    def apart(self, text: str, named: Sequence[Seen], intent: Intent, thread: Sequence[Past]) -> tuple[list[Seen], str]:
        """What a question names but for the people it asks of, and those people; "" where the source speaks of both.

        "Salt in sourdough" is about salt, unless a lead is about both; so is "and in sourdough?" after it.
        """
        people = next((self.topics[seen.what] for seen in named if self.topics[seen.what].among), None)
        others = [seen for seen in named if not (people and self.topics[seen.what].among)]
        subjects = [seen.what for seen in others if self.topics[seen.what].rows]
        if not others and thread and self.rules.dialogue["asks-the-same"].see(text):
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

    def claimed(self, text: str) -> tuple[Seen, ...]:
        """Where a question puts a claim into the source's mouth ("so they advise …, right?"); the claim stays."""
        found = self.seen(text, "claims", "tag")
        return found if len(found) == 2 else ()

    def described(self, text: str, spans: Sequence[Seen]) -> set[str]:
        """The topics that these places of a text name, else describe."""
        parts = [text[slice(*seen.span)] for seen in spans]
        found = {seen.what for part in parts for seen in self.lexicon.find(part)}
        others = (self.scores.described(self.scores.read([part], self.read([part]))) for part in parts if not found)
        return found | set(filter(None, others))

    def denied(self, text: str) -> tuple[Seen, ...]:
        """The states that a telling denies, one for each place."""
        found: list[Seen] = []
        while seen := self.rules.dialogue["denied"].see(without(text, found)):
            found.append(seen)
        return tuple(found)

    def within(self, carried: Sequence[str]) -> set[str]:
        """Where an elliptic question is answered: the topics it goes on with, related ones, and general ones."""
        related = {topic for name in carried for topic in self.topics[name].related}
        general = {topic.id for topic in self.topics.values() if topic.general}
        return {*carried, *related, *general}

    def continues(self, text: str, rules: Sequence[Seen], named: Sequence[Seen], thread: Sequence[Past]) -> bool:
        """Whether a question without a kind of its own asks what the one before it asked ("and for rye?").

        So does a bare name ("salt"), where the one before asked for a figure or a work.
        """
        same, corrects = self.rules.dialogue["asks-the-same"], self.rules.dialogue["corrects"]
        bare = thread[-1].intent in (Intent.FIGURE, Intent.REFERENCE) and named and self.is_bare(without(text, named))
        return not rules and bool(bare or same.see(text) or corrects.see(text))

    def is_bare(self, text: str) -> bool:
        """Whether a text holds nothing but function words and pointers ("and the other kind?")."""
        pointers = self.seen(text, *POINTERS, "other-of")
        return all(word in STOP for word in WORD.findall(without(text, pointers)))

    def seen(self, text: str, *rules: str) -> tuple[Seen, ...]:
        """What these rules of dialogue see, one place each."""
        return tuple(filter(None, (self.rules.dialogue[name].see(text) for name in rules)))

    def read_as(self, intent: Intent, topics: Sequence[str]) -> str:
        """How an elliptic question was read, in words; what was typed is not repeated."""
        responses = self.rules.responses
        names = " and ".join(self.topics[topic].name for topic in topics)
        return responses.remarks["read_as"].format(kind=responses.kinds[intent], topic=names)

    def topics_in(self, text: str, about: Sequence[str]) -> tuple[str, ...]:
        """The subjects a text names, of those it is `about` and those beside them; in order, one for each place."""
        wanted = {*about, *self.around(about)}
        places: dict[int, str] = {}
        for seen in self.lexicon.find(folded(text)):
            if seen.what in wanted and not self.topics[seen.what].general:
                places.setdefault(seen.span.start, seen.what)
        return tuple(dict.fromkeys(places.values()))

    def read_intent(
        self, text: str, later: bool
    ) -> tuple[Intent, tuple[Measure, ...], tuple[Seen, ...], tuple[Seen, ...]]:
        """The intent, the measures asked for, and what showed the one and the others.

        In a telling, only what is asked outright counts, so that "more than" in a story is no comparison. A correction
        of a `later` turn tells nothing.
        """
        telling = self.asking.is_telling(text) and not (later and self.rules.dialogue["corrects"].see(text))
        asked = self.asking.only_questions(text) if telling else text
        measures = [found for rule in self.rules.measures if (found := rule.see(asked))]
        rules = [found for rule in self.rules.intents if (found := rule.see(asked))]
        wanted = tuple(Measure(found.what) for found in measures)
        intent = Intent(rules[0].what) if rules else Intent.FINDING
        if wanted and intent in (Intent.FINDING, Intent.DEFINITION, Intent.HOWTO):
            intent = Intent.FIGURE
        content = sum(word not in STOP for word in WORD.findall(text))
        if intent is Intent.FINDING and (
            telling or not (rules or measures or content < ALONE or self.asking.asks(text))
        ):
            intent = Intent.VIGNETTE
        return intent, wanted, tuple(rules[:1]), tuple(measures)


def about(named: Sequence[Seen], carried: Sequence[str], topics: Sequence[TopicScore]) -> tuple[str, ...]:
    """The topics a question names or goes on with, in order of mention; of those that one term names, the strongest."""
    strength = {score.topic: score.score for score in topics}
    best: dict[int, str] = {}
    for seen in named:
        kept = best.get(seen.span.start)
        if kept is None or strength.get(seen.what, 0.0) > strength.get(kept, 0.0):
            best[seen.span.start] = seen.what
    return tuple(dict.fromkeys([*best.values(), *carried]))


def first(rules: Sequence[PhraseRule], text: str, whole: bool = False) -> Seen | None:
    """The first rule that fires."""
    return next((found for rule in rules if (found := rule.see(text, whole))), None)
