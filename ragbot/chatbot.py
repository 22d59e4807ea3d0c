"""The online half: a message → a reply. Understand, retrieve, compose, render; and conversations."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from ragbot.composition import Composer, compose_reply, compose_together
from ragbot.conversation import ANEW, Conversation, Conversations, KeptInMemory, Turn
from ragbot.danger import danger_for
from ragbot.embedding import Encoder
from ragbot.errors import IndexMismatch, MessageError
from ragbot.index import REBUILD, Index
from ragbot.reflecting import Reflecting
from ragbot.rendering import number_evidence, render_reply
from ragbot.retrieval import fold, retrieve
from ragbot.rules import Rules, read_rules
from ragbot.types import (
    Draft,
    Evidence,
    Grain,
    Hit,
    Intent,
    Mode,
    Past,
    Place,
    Query,
    Reply,
    Statement,
    Status,
    Step,
)
from ragbot.understanding import Understanding

LONGEST = 4000  # characters of a message
MOST_HITS = 100
GOES_ON = (Status.ANSWERED, Status.PARTIAL, Status.CLARIFY)  # a later question may go on with these, if with anything


def check_message(message: str) -> str:
    """The message, if it can be taken. Raises MessageError."""
    if not message.strip():
        raise MessageError("the message is empty; type a question")
    try:
        message.encode()
    except UnicodeEncodeError:
        raise MessageError("the message holds characters that are no text; type it again") from None
    if len(message) > LONGEST:
        raise MessageError(f"the message has {len(message)} characters; at most {LONGEST} are read, please shorten it")
    return message


class Answered(NamedTuple):
    """A question as it was understood, what is said to it, and what a later one may go on with."""

    query: Query
    draft: Draft
    pasts: tuple[Past, ...]
    step: Step | None = None  # of a guided reflection


class Chatbot:
    """Answers from one opened index. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        rules: Rules | None = None,
        conversations: Conversations | None = None,
        region: str = "",
    ) -> None:
        """`region`: whose emergency numbers are named. Raises IndexMismatch where another encoder built the index."""
        if index.manifest.encoder_sha256 != encoder.fingerprint:
            raise IndexMismatch(
                f"the index was built with the encoder '{index.manifest.encoder}', not with '{encoder.name}'; {REBUILD}"
            )
        self.index = index
        self.rules = rules or read_rules()
        self.understanding = Understanding(
            index, self.rules, danger_for(encoder.fingerprint, encoder.read), encoder.read
        )
        self.composer = Composer(index, self.rules, region)
        self.reflecting = Reflecting(self.understanding, self.composer)
        self.conversations = conversations or KeptInMemory()

    def ask(self, message: str, conversation_id: str | None = None, mode: Mode = Mode.ASK) -> Reply:
        """The reply to a message; without an id a new conversation begins.

        Raises MessageError and UnknownConversation.
        """
        check_message(message)
        conversation = self.conversations.open(conversation_id)
        timing: dict[str, float] = {}
        with timed(timing, "total"):
            turns = self.conversations.turns(conversation.id) if Mode(mode) is Mode.REFLECT else None
            step = self.reflected(message, conversation, turns, timing) if turns is not None else None
            draft, parts = (step.draft, [step]) if step else self.answered(message, conversation, timing)
            if turns is not None and not step:
                draft = self.reflecting.beside(draft, turns)
            if not draft.title and (step or not self.wants_whole(message, parts)):
                draft = replace(draft, before=tuple(place for past in conversation.thread for place in past.quoted))
        ids = (conversation.id, uuid.uuid4().hex)
        reply = render_reply(draft, self.rules.responses.headings, self.composer.noun, ids, self.index.id, timing)
        rules = tuple(dict.fromkeys(rule for part in parts for rule in rules_fired(part.query, part.draft)))
        pasts = tuple(past for part in parts for past in part.pasts)
        kept = self.understanding.masked(message)
        self.conversations.add(conversation.id, Turn(kept, reply, pasts, rules, parts[0].step))
        return reply

    def wants_whole(self, message: str, parts: Sequence[Answered]) -> bool:
        """Whether quotes are asked for, so that they are written out even where they stood before."""
        asks = any(part.query.intent is Intent.REFERENCE for part in parts)
        return asks or self.understanding.utterance(message).shows("quotes-again")

    def answered(
        self, message: str, conversation: Conversation, timing: dict[str, float]
    ) -> tuple[Draft, list[Answered]]:
        """What is said to a message, and each of its questions as it was answered."""
        offer = self.understanding.taken(message, conversation.offers, conversation.asked)
        answered = [self.answer(offer or message, conversation.thread, timing, asks_back=conversation.asked is None)]
        draft = answered[0].draft
        if questions := self.understanding.questions(answered[0].query):
            parts: list[Answered] = []
            for question in questions:
                thread = (*conversation.thread, *(past for part in parts for past in part.pasts))
                parts.append(self.answer(question, thread, timing, partly=True))
            if together := compose_together(self.composer, [part.draft for part in parts]):
                answered, draft = parts, together
        if offer:
            draft = replace(draft, read_as=self.composer.say("remarks", "read_as_offer", question=offer))
        return draft, answered

    def reflected(
        self, message: str, conversation: Conversation, turns: Sequence[Turn], timing: dict[str, float]
    ) -> Answered | None:
        """A message of a guided reflection whose `turns` these are; None where it is no step of one."""
        with timed(timing, "reflect"):
            found = self.reflecting.step(message, conversation.thread, turns)
            if found is None:
                return None
            return Answered(found.query, found.draft, self.pasts(found.query, found.draft), found.step)

    def answer(
        self,
        message: str,
        thread: Sequence[Past],
        timing: dict[str, float],
        partly: bool = False,
        asks_back: bool = False,
    ) -> Answered:
        """One question answered in its thread. `partly`: one of several. `asks_back`: where unclear, it may be."""
        with timed(timing, "understand"):
            query = replace(self.understanding.understand(message, thread), partly=partly)
            query = query if asks_back else replace(query, open_to=())
        with timed(timing, "retrieve"):
            hits = retrieve(query, self.index, self.rules.cutoffs)
        with timed(timing, "compose"):
            draft = compose_reply(self.composer, query, hits)
            return Answered(query, draft, self.pasts(query, draft))

    def pasts(self, query: Query, draft: Draft) -> tuple[Past, ...]:
        """What a later question may go on with: a question of content that was answered, or a new start."""
        if query.smalltalk and query.smalltalk.what == "anew":
            return (ANEW,)
        if not draft.about or draft.status not in GOES_ON:
            return ()
        said = " ".join(part.text for part in draft.said)
        named = self.understanding.topics_in(said, draft.about)
        quoted = tuple(Place(item.document, item.spans) for item in number_evidence(draft))
        labels = tuple(dict.fromkeys(figure.label for figure in draft.figures))
        works = works_behind(draft, {x for topic in draft.about[:1] for x in self.index.topics[topic].sections})
        past = Past(query.intent, query.measures, draft.about, draft.leads, works, named, quoted, query.among, labels)
        return (past,)

    def search(self, text: str, count: int) -> tuple[Hit, ...]:
        """Ranked sentences, rows and notes for a text, one for each place, without composing. Raises MessageError."""
        query = self.understanding.understand(check_message(text))
        hits = retrieve(query, self.index, self.rules.cutoffs)
        return fold(hits, Grain.SENTENCE)[: min(count, MOST_HITS)]


def works_behind(draft: Draft, sections: Collection[str]) -> tuple[str, ...]:
    """The entries that what a draft opens with rests on, each once; else those that any of its quotes cites.

    Where its subject has `sections` of its own, only quotes from there count.
    """

    def cited(items: Iterable[Evidence]) -> tuple[str, ...]:
        own = (item for item in items if not sections or set(sections) & set(item.section))
        return tuple(dict.fromkeys(entry for item in own for entry in item.references))

    said = [part for part in draft.said if isinstance(part, Statement)]
    opening = cited(item for part in said for item in part.evidence)
    return opening or cited((*draft.quotes, *(item for part in draft.caveats for item in part.evidence)))


def rules_fired(query: Query, draft: Draft) -> tuple[str, ...]:
    """The rules that had a part in a reply: those that saw something in the question, and those that said something."""
    seen = [*query.seen, *query.notices, *filter(None, (query.safety, query.smalltalk))]
    said = [*draft.said, *draft.caveats, *draft.gaps, *draft.reflection, *draft.closing]
    return tuple(dict.fromkeys([*(found.rule for found in seen), *(part.rule for part in said)]))


@contextmanager
def timed(timing: dict[str, float], stage: str, clock: Callable[[], float] = time.perf_counter) -> Iterator[None]:
    """Add how long a stage took, in milliseconds."""
    began = clock()
    yield
    timing[stage] = round(timing.get(stage, 0.0) + (clock() - began) * 1e3, 3)
