"""Utterance → Query: what is asked and about what. Never reads the source's passages.

Rules see intents, measures and risks (asking.py); the pack's lexicon and the embeddings of its cues see topics, leads
and gaps, sentence by sentence (scoring.py); the questions before say what is left out (following.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ragbot.danger import Danger
from ragbot.index import Index
from ragbot.phrases import places, without
from ragbot.rules import Rules
from ragbot.types import SITUATIONS, Intent, LeadScore, Past, Query, Seen, TopicScore
from ragbot.understanding.asking import Asked, Asking, first
from ragbot.understanding.following import OF_PEOPLE, Following
from ragbot.understanding.language import language_of
from ragbot.understanding.lexicon import Lexicon
from ragbot.understanding.moves import Moves
from ragbot.understanding.privacy import identifying, masked
from ragbot.understanding.safety import Safety
from ragbot.understanding.scoring import Reading, Scores
from ragbot.understanding.sentences import sentences_of
from ragbot.understanding.spelling import Spelling, general_words, words_of
from ragbot.understanding.utterance import Utterance
from ragbot.words import folded, stems

__all__ = ["Understanding", "Utterance"]

TURNS_ON_NOTHING = (*SITUATIONS, Intent.REFERENCE)  # kinds of question that turn on no single word
NEAREST = 5  # leads whose questions tell what a word may mean here


class Understanding:
    """What is needed to understand an utterance: rules, lexicon, cues, what tells danger, and the encoder."""

    def __init__(self, index: Index, rules: Rules, danger: Danger, read: Callable[[Sequence[str]], np.ndarray]) -> None:
        self.rules = rules
        self.read = read
        self.topics, self.leads = index.topics, index.leads
        self.dimensions = index.manifest.dimensions
        self.lexicon = Lexicon(index.topics.values())
        terms = [term for topic in index.topics.values() for term in (topic.name, *topic.terms)]
        self.spelling = Spelling(terms, (passage.text for passage in index.passages))
        self.known = {stem for text in known_texts(index) for stem in stems(text)}
        self.scores = Scores(index, rules.cutoffs)
        self.asking = Asking(rules)
        self.following = Following(rules, index.topics, index.leads, self.scores, read)
        self.moves = Moves(index, rules, read)
        self.safety = Safety(danger, rules, read)

    def understand(self, text: str, thread: Sequence[Past] = (), tells: bool = False) -> Query:
        """Read an utterance; an elliptic one goes on with topics of `thread`, the earlier questions of content.

        `tells`: it is known to tell what happened, whatever its form.
        """
        said = Utterance(text, self.rules.dialogue)
        asked = Asked(Intent.VIGNETTE) if tells else self.asking.read(said, bool(thread))
        smalltalk = first(self.rules.smalltalk, said.plain.strip().rstrip(".!?~ "), whole=True)
        before = () if smalltalk else thread
        named = self.named(said, asked.names_nothing)
        named = [] if thread and said.shows("both-of") and len({seen.what for seen in named}) < 2 else named
        named, among = self.following.apart(said, named, asked.intent, thread)
        declined = first(self.rules.declines, said.plain)
        parts, vectors = self.parts(without(text, (*asked.denied, *asked.claimed, *filter(None, [declined]))))
        typed = self.scores.read(parts, vectors)
        danger = self.safety.read(text, dict(zip(parts, vectors, strict=True)))
        onto = self.following.onto(said, asked, named, typed, before)
        asked = onto.asked(asked, named, thread[-1] if thread else None)
        among = among or (thread[-1].among if onto.carried and not named and asked.intent in OF_PEOPLE else "")
        readings, whole = [typed], vectors[0]
        if onto.topics:
            kind = self.rules.responses.kinds[asked.intent]
            names = [self.topics[topic].name for topic in onto.topics]
            full = [f"{kind} {name}" if onto.bare else f"{name}: {parts[0]}" for name in names]
            vectors = self.read(full)
            readings, whole = [*readings[onto.bare :], self.scores.read(full, vectors)], vectors[0]
        topics, told = self.subjects(said, asked, named, onto.topics, readings[-1])
        within, over = self.where(said, onto.topics, named, thread)
        again = thread[-1].leads if onto.carried and asked.measures else ()
        notices = self.identifying(text)
        leads = self.scores.leads(readings, topics, asked.intent, told, onto.topics, within, again, over)
        return Query(
            text=text,
            intent=asked.intent,
            topics=topics,
            leads=leads,
            vector=whole[: self.dimensions],
            gaps=self.scores.gaps(readings, topics),
            elsewhere=self.scores.elsewhere(typed),
            about=about(named, onto.carried, topics),
            among=among,
            works=thread[-1].works if onto.carried else (),
            open_to=self.following.open_to(said, asked, named, thread) if not smalltalk else (),
            said=tuple(dict.fromkeys(lead for past in thread for lead in past.leads)),
            covered=tuple(thread) if said.shows("sums-up") else tuple(thread[-1:]) if said.shows("in-short") else (),
            quoted=tuple(place for past in thread for place in past.quoted) if over else (),
            measures=asked.measures,
            seen=(
                *named,
                *asked.kind,
                *asked.figures,
                *asked.claimed,
                *asked.aims,
                *said.seen("in-short"),
                *self.sums_up(said),
            ),
            safety=danger,
            smalltalk=smalltalk,
            notices=notices,
            unknown=() if notices or asked.intent in TURNS_ON_NOTHING else self.unknown(said, leads[:NEAREST]),
            declined=declined,
            language=self.language(text, danger is not None),
            read_as=self.read_as(asked.intent, onto.topics) if onto.topics else None,
        )

    def sums_up(self, said: Utterance) -> tuple[Seen, ...]:
        """Where an utterance asks to sum up the conversation, and nothing else."""
        seen = said.seen("sums-up")
        return seen if self.following.is_bare(said, seen) else ()

    def utterance(self, text: str) -> Utterance:
        """An utterance, in which the rules of dialogue can be looked for."""
        return Utterance(text, self.rules.dialogue)

    def identifying(self, text: str) -> tuple[Seen, ...]:
        """Where an utterance may identify a person."""
        return identifying(text, self.rules.privacy)

    def unknown(self, said: Utterance, leads: Sequence[LeadScore]) -> tuple[str, ...]:
        """Words that a question turns on and that neither the source nor any question of its nearest `leads` has.

        What may be a person's name is left out: a word with a capital within a sentence, or in no list of words.
        """
        if not self.asking.asks(said.plain):
            return ()
        asks = (ask for score in leads for ask in self.leads[score.lead].asks)
        known = self.known | {stem for ask in asks for stem in stems(ask)}
        found = []
        for seen in places(self.rules.dialogue["turns-on"], said.plain):
            word = said.text[slice(*seen.span)].split()[-1]
            is_name = not word.isupper() and (word[:1].isupper() or (word not in general_words() and "-" not in word))
            mended = self.spelling.mended(word)
            if not is_name and not all(stem in known for stem in stems(mended, stop=True)):
                found.append(word)
        return tuple(dict.fromkeys(found))

    def language(self, text: str, danger: bool = False) -> str:
        """The language of an utterance, where it is one of those that something can be said in, and not English.

        It must be sure; less will do where hardly a word is English, or someone is in danger. Of English words alone,
        it is English.
        """
        cut, words = self.rules.cutoffs, words_of(text)
        english = sum(map(self.spelling.knows, words)) / max(1, len(words))
        abroad = danger or english <= cut.language_english
        least = cut.language_likely if abroad else cut.language
        return "" if english == 1 and not danger else language_of(text, self.rules.responses.languages, least)

    def masked(self, text: str) -> str:
        """An utterance without the words that may identify a person: what may be kept of it, or repeated."""
        return masked(text, self.identifying(text))

    def taken(self, text: str, offers: Sequence[str], asked: Intent | None) -> str | None:
        """Which of the questions offered an utterance takes: the first, where it says yes.

        Where the last reply `asked` back: the one that it counts or whose topic it names, or that question of another
        topic.
        """
        said = self.utterance(text)
        if asked is None or not offers:
            return offers[0] if offers and said.shows("accepts") else None
        if (position := self.following.counted(said)) is not None and position < len(offers):
            return offers[position]
        named = [seen.what for seen in self.named(said)]
        meant = [offer for offer in offers if set(named) & {seen.what for seen in self.lexicon.find(folded(offer))}]
        pointers = places(self.rules.dialogue["points-back"], said.plain)
        if not named or not self.following.is_bare(said, [*self.named(said), *pointers]):
            return None
        return (
            meant[0] if len(meant) == 1 else self.rules.responses.asks[asked].format(topic=self.topics[named[0]].name)
        )

    def questions(self, query: Query) -> tuple[str, ...]:
        """The questions of an utterance that asks several, each with the rest blanked out, so that offsets stay.

        None where it is no question of content.
        """
        if query.safety or query.smalltalk or query.notices or query.covered:
            return ()
        text = query.text
        return tuple(" " * a + text[a:b] for a, b in self.asking.questions(folded(text)))

    def named(self, said: Utterance, nothing: Sequence[Seen] = ()) -> list[Seen]:
        """The topics that an utterance names, but where it names `nothing`."""
        return [
            term
            for term in self.lexicon.find(said.plain, self.spelling.mend)
            if not any(term.span.start < x.span.end and x.span.start < term.span.end for x in nothing)
        ]

    def parts(self, text: str) -> tuple[list[str], np.ndarray]:
        """An utterance and each of its sentences, well spelt, and their vectors."""
        parts = [self.spelling.mended(part) for part in (text, *(text[slice(*span)] for span in sentences_of(text)))]
        return parts, self.read(parts)

    def subjects(
        self, said: Utterance, asked: Asked, named: Sequence[Seen], onto: Sequence[str], reading: Reading
    ) -> tuple[tuple[TopicScore, ...], bool]:
        """What an utterance is about, and whether it was read as a telling.

        What is asked for in no words of the subject is read so too.
        """
        terms = [seen for seen in named if not onto or not self.topics[seen.what].general]
        barred = self.described(said.plain, asked.denied)
        told = asked.intent is Intent.VIGNETTE and not onto
        found = self.scores.topics(reading, terms, onto, told, barred)
        if found or asked.intent not in SITUATIONS:
            return found, told
        return self.scores.topics(reading, terms, onto, True, barred), True

    def where(
        self, said: Utterance, onto: Sequence[str], named: Sequence[Seen], thread: Sequence[Past]
    ) -> tuple[set[str], set[str]]:
        """The topics within which an elliptic question is answered, and the leads that it wants more than."""
        within = self.following.within([*onto, *(seen.what for seen in named)]) if onto else set()
        if not said.shows("more-of"):
            return within, set()
        over = {lead for past in thread for lead in past.leads}
        left = (lead for name, lead in self.leads.items() if name not in over)
        return (set(onto) if over and any(set(onto) & set(lead.topics) for lead in left) else within), over

    def described(self, text: str, spans: Sequence[Seen]) -> set[str]:
        """The topics that these places of a text name, else describe."""
        parts = [text[slice(*seen.span)] for seen in spans]
        found = {seen.what for part in parts for seen in self.lexicon.find(part)}
        others = (self.scores.described(self.scores.read([part], self.read([part]))) for part in parts if not found)
        return found | set(filter(None, others))

    def read_as(self, intent: Intent, topics: Sequence[str]) -> str:
        """How an elliptic question was read, in words; what was typed is not repeated."""
        responses = self.rules.responses
        names = " and ".join(self.topics[topic].name for topic in topics)
        return responses.remarks["read_as"].format(kind=responses.kinds[intent], topic=names)

    def topics_in(self, text: str, about: Sequence[str]) -> tuple[str, ...]:
        """The subjects a text names, of those it is `about` and those beside them; in order, one for each place."""
        wanted = {*about, *self.following.around(about)}
        places: dict[int, str] = {}
        for seen in self.lexicon.find(folded(text)):
            if seen.what in wanted and not self.topics[seen.what].general:
                places.setdefault(seen.span.start, seen.what)
        return tuple(dict.fromkeys(places.values()))


def known_texts(index: Index) -> Iterator[str]:
    """Every text of the source, and what the packs say of it."""
    yield from (passage.text for passage in index.passages)
    for topic in index.topics.values():
        yield from (topic.name, topic.heard, *topic.terms)
    yield from (lead.say for lead in index.leads.values())


def about(named: Sequence[Seen], carried: Sequence[str], topics: Sequence[TopicScore]) -> tuple[str, ...]:
    """The topics a question names or goes on with, in order of mention; of those that one term names, the strongest."""
    strength = {score.topic: score.score for score in topics}
    best: dict[int, str] = {}
    for seen in named:
        kept = best.get(seen.span.start)
        if kept is None or strength.get(seen.what, 0.0) > strength.get(kept, 0.0):
            best[seen.span.start] = seen.what
    return tuple(dict.fromkeys([*best.values(), *carried]))
