"""Steps of a guided reflection → drafts: what was heard and an open question; an attempt beside the source; a summary.

What is said of an attempt is which moves are in it, in the writer's own words, and what the source says of each move:
nothing is said of the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ragbot.composition.composer import Composer
from ragbot.composition.figures import Answer
from ragbot.composition.leads import choose_for_telling
from ragbot.composition.situations import heard
from ragbot.evidence import holds, quotes_of
from ragbot.phrases import see
from ragbot.types import (
    Draft,
    Evidence,
    Intent,
    Lead,
    Move,
    PassageKind,
    Portion,
    Practice,
    Query,
    Remark,
    Seen,
    Stage,
    Statement,
    Status,
    Step,
    Topic,
)
from ragbot.words import plain

Item = tuple[Statement | Remark, ...]
Question = tuple[str, Move | Topic]  # and what raises it
LEADS = (2, 1)  # what the source is said to say at the first attempt, and at each later one
SURE = ("heard", "heard_also")  # rules of what is said back for certain
MOST_ASKED = 3  # questions on the page to keep
KEPT = 3  # of what the source was said to say, on that page
MOST_WORDS = 120  # of what was told or tried that are repeated
AROUND = " \"“”'.,;:"  # signs that do not belong to the words they stand around


class Told(NamedTuple):
    """What a reflection is about: what happened, understood as a telling, and its topics, the main one first.

    query: of its last telling. happened: its first, but for what may identify a person. nearest: the quotes nearest to
    it, for a source of which nothing else is known; none where none is near.
    """

    query: Query
    topics: tuple[str, ...]
    practice: Practice | None = None
    nearest: tuple[Evidence, ...] = ()
    happened: str = ""


class Tried(NamedTuple):
    """An attempt, but for what may identify a person, and the moves read in it."""

    text: str
    moves: tuple[Seen, ...]

    @property
    def move_ids(self) -> set[str]:
        """The ids of its moves."""
        return {seen.what for seen in self.moves}


class Compared(NamedTuple):
    """The moves of an attempt beside those the packs know: which help or harm and are in it, and which are not.

    missed: of those that help, the ones that the source has for what the attempt is about.
    """

    helping: tuple[Move, ...]
    harming: tuple[Move, ...]
    missed: tuple[Move, ...]
    rest: tuple[Move, ...]


def compare(composer: Composer, told: Told, tried: Tried) -> Compared:
    """An attempt beside the moves that the packs know, of the packs whose topics were heard, where any was."""
    packs = composer.index.packs
    own = [pack for pack in packs if {topic.id for topic in pack.topics} & set(told.topics)]
    moves = [move for pack in own or packs for move in pack.moves]
    missed = [
        move
        for move in moves
        if move.helps and move.id not in tried.move_ids and (not move.topics or set(move.topics) & set(told.topics))
    ]
    present = [move for move in moves if move.id in tried.move_ids]
    return Compared(
        helping=tuple(move for move in present if move.helps),
        harming=tuple(move for move in present if not move.helps),
        missed=tuple(missed),
        rest=tuple(move for move in moves if move not in present and move not in missed),
    )


class Grounds:
    """What a step has to say: the moves and leads it speaks of, and their quotes, joined where they are neighbours."""

    def __init__(self, composer: Composer, parts: Iterable[Move | Lead | Topic]) -> None:
        self.composer = composer
        passages = [composer.index.by_id[i] for part in parts for i in passages_of(part)]
        self.pool = quotes_of(composer.index, passages, 1.0)

    def held(self, part: Move | Lead | Topic) -> tuple[Evidence, ...]:
        """The quotes that a part rests on."""
        passages = [self.composer.index.by_id[i] for i in passages_of(part)]
        return tuple(item for item in self.pool if any(holds(item, passage) for passage in passages))

    def says(self, part: Move | Lead) -> Statement:
        """What the source says of a move, or a lead."""
        return Statement(part.say, self.held(part), f"{'move' if isinstance(part, Move) else 'lead'} {part.id}")

    def asks(self, question: Question) -> Statement:
        """A question, with the quotes that raise it."""
        text, part = question
        return Statement(text, self.held(part), f"question of {part.id}")


def compose_told(composer: Composer, told: Told) -> tuple[Draft, Step]:
    """What was heard, or the moment to practise on, and one open question. The evidence waits for an attempt."""
    if told.practice:
        openings: tuple[Remark, ...] = (Remark(told.practice.moment, f"practice of {told.practice.topic}"),)
    else:
        openings = heard_as(composer, told) or (composer.remark("unplaced"),)
    draft = replace(step_draft(told), status=Status.CLARIFY, openings=openings, reflection=(composer.remark("try"),))
    return draft, Step(Stage.TOLD, told.topics, told.practice.moment if told.practice else "")


def compose_idle(composer: Composer) -> Draft:
    """That there is nothing to end, and how to begin."""
    return Draft(Status.CLARIFY, Intent.REFLECTION, openings=(composer.remark("nothing_told"),))


def compose_misread(composer: Composer, told: Told) -> Draft:
    """That a reading which the writer objects to is set aside; the reflection waits where it was."""
    draft = replace(step_draft(told), status=Status.CLARIFY, openings=(composer.remark("misread"),))
    return replace(draft, reflection=(composer.remark("try"),))


def compose_feedback(composer: Composer, told: Told, tried: Tried, steps: Sequence[Step]) -> tuple[Draft, Step]:
    """An attempt beside the source: the moves in it and not in it, what the source says, one question, and again.

    What the source says of a move that helps is said once.
    """
    found = compare(composer, told, tried)
    leads = next_leads(composer, told, steps)
    asked = next_question(composer, told, found, steps)
    grounds = Grounds(composer, [*found.helping, *found.missed, *found.harming, *leads, *(part for _, part in asked)])
    known = {name for step in steps for name in step.glossed}

    def glossed(shown: Remark, move: Move) -> Item:
        return (shown,) if move.helps and move.id in known else (shown, grounds.says(move))

    portions = (
        Portion("moves_in", tuple(glossed(in_words(composer, move, tried), move) for move in found.helping)),
        Portion(
            "moves_out",
            (
                *(glossed(by_name(composer, move), move) for move in found.missed),
                *names(composer, "moves_nor", [move for move in found.rest if move.helps]),
                *names(composer, "moves_unread", [move for move in found.rest if not move.helps]),
            ),
        ),
        Portion("moves_against", tuple(glossed(in_words(composer, move, tried), move) for move in found.harming)),
        Portion("source_on", said_of(composer, grounds, leads, told)),
    )
    draft = replace(
        step_draft(told),
        leads=tuple(lead.id for lead in leads),
        openings=(composer.remark("read_by_rule"), *changes(composer, tried, steps)),
        portions=tuple(portion for portion in portions if portion.items),
        reflection=tuple(map(grounds.asks, asked)),
        closing=(composer.remark("again"),),
    )
    return or_not_covered(composer, draft), Step(
        Stage.ATTEMPT,
        told.topics,
        moves=tried.moves,
        leads=draft.leads,
        questions=tuple(text for text, _ in asked),
        glossed=tuple(move.id for move in (*found.helping, *found.missed)),
    )


def compose_end(composer: Composer, told: Told, tried: Sequence[Tried], steps: Sequence[Step]) -> tuple[Draft, Step]:
    """One page to keep: what happened, what the evidence says, what to try, what to take to supervision."""
    last = kept_attempt(composer, tried)
    found = compare(composer, told, last)
    spoken = [composer.leads[name] for step in steps for name in step.leads if name in composer.leads]
    said: list[Lead | Move] = [*(spoken or next_leads(composer, told, steps))[:KEPT], *found.harming]
    asked = open_questions(composer, told, found, steps)
    grounds = Grounds(composer, [*said, *found.missed, *(part for _, part in asked)])
    portions = (
        Portion("happened", happened(composer, told), plain=True),
        Portion("evidence_says", said_of(composer, grounds, said, told)),
        Portion("to_try", to_try(composer, grounds, last if tried else None, found), plain=True),
        Portion("supervision", tuple((grounds.asks(question),) for question in asked)),
    )
    draft = replace(
        step_draft(told),
        title=composer.say("remarks", "summary_title"),
        portions=tuple(portion for portion in portions if portion.items),
    )
    return or_not_covered(composer, draft), Step(Stage.ENDED, told.topics)


def happened(composer: Composer, told: Told) -> tuple[Item, ...]:
    """What happened, in its writer's words, and what it was heard to be about."""
    return (repeated(told.happened), *((part,) for part in heard_as(composer, told, True)))


def to_try(composer: Composer, grounds: Grounds, tried: Tried | None, found: Compared) -> tuple[Item, ...]:
    """The attempt that is kept, the moves in it by name, and what the source says of those that are not."""
    return (
        repeated(tried.text) if tried else (composer.remark("not_tried"),),
        *names(composer, "moves_kept", found.helping),
        *names(composer, "moves_warned", found.harming),
        *((composer.remark("move_to_add", move=capital(move.name)), grounds.says(move)) for move in found.missed),
    )


def kept_attempt(composer: Composer, tried: Sequence[Tried]) -> Tried:
    """The attempt that the page keeps: the last with a move that helps, so that no afterthought stands for it."""
    helping = {move.id for move in composer.index.moves.values() if move.helps}
    good = [attempt for attempt in tried if helping & attempt.move_ids]
    return (good or list(tried) or [Tried("", ())])[-1]


def open_questions(composer: Composer, told: Told, found: Compared, steps: Sequence[Step]) -> list[Question]:
    """The questions that were put and that the kept attempt leaves open; where none is, one more."""
    raised = dict(questions(composer, told, found))
    put = dict.fromkeys(text for step in steps for text in step.questions if text in raised)
    settled = (*found.helping, *found.rest)
    left = [(text, raised[text]) for text in put if raised[text] not in settled]
    return left[:MOST_ASKED] or list(raised.items())[:1]


def step_draft(told: Told) -> Draft:
    """What every step's draft has."""
    return Draft(Status.ANSWERED, Intent.REFLECTION, topics=told.topics, about=told.topics[:1])


def or_not_covered(composer: Composer, draft: Draft) -> Draft:
    """The draft, or where it has nothing of the source's that the source does not speak of this."""
    if any(isinstance(part, Statement) for part in (*draft.said, *draft.reflection)):
        return draft
    return replace(draft, status=Status.NOT_COVERED, openings=(*draft.openings, composer.remark("not_covered")))


def said_of(composer: Composer, grounds: Grounds, parts: Sequence[Lead | Move], told: Told) -> tuple[Item, ...]:
    """What the source says of these; where nothing is known beforehand, the quotes nearest to what happened."""
    if parts or not told.nearest:
        return tuple((grounds.says(part),) for part in parts)
    return ((Statement(composer.say("statements", "extract_told"), told.nearest, "extract"),),)


def passages_of(part: Move | Lead | Topic) -> tuple[str, ...]:
    """The passages that a part rests on: of a topic, whose questions need one, the first of its core."""
    return part.passages[:1] if isinstance(part, Topic) else part.passages


def heard_as(composer: Composer, told: Told, sure: bool = False) -> tuple[Remark, ...]:
    """What was told is heard to be about; nothing of a moment to practise on. `sure`: without what it might be."""
    if told.practice:
        return ()
    said = heard(composer, told.query, Answer(leads=choose_for_telling(composer, told.query)))
    return tuple(part for part in said if not sure or part.rule in SURE)


def next_leads(composer: Composer, told: Told, steps: Sequence[Step]) -> list[Lead]:
    """What else the source says of what happened, best first: nothing said before, nothing to the reader."""
    said = {name for step in steps for name in step.leads}
    ranked = [composer.leads[score.lead] for score in told.query.leads]
    best = [lead for lead in choose_for_telling(composer, told.query) if lead.topics[0] in told.topics]
    own = [*best, *(lead for topic in told.topics for lead in ranked if lead.topics[0] == topic)]
    new = [lead for lead in dict.fromkeys(own) if lead.id not in said and not lead.to_reader]
    fit = [lead for lead in new if Intent.VIGNETTE in lead.answers or not only_rows(composer, lead)]
    return fit[: LEADS[any(step.stage is Stage.ATTEMPT for step in steps)]]


def only_rows(composer: Composer, lead: Lead) -> bool:
    """Whether a lead rests on rows of a table alone: figures, which help nobody in the room."""
    return all(composer.index.by_id[i].kind is PassageKind.TABLE_ROW for i in lead.passages)


def questions(composer: Composer, told: Told, found: Compared) -> list[Question]:
    """Every question that may be asked, and what raises it, in order.

    Of what the source warns against and is in the attempt; of what is missed there; of the subject; of what else helps.
    """
    others = [move for move in (*found.helping, *found.rest) if move.helps]
    subjects = [composer.topics[name] for name in told.topics if composer.topics[name].passages]
    asked: list[Question] = [(text, move) for move in (*found.harming, *found.missed) for text in move.questions]
    asked += [(text, topic) for topic in subjects for text in topic.prompts]
    return asked + [(text, move) for move in others for text in move.questions]


def next_question(composer: Composer, told: Told, found: Compared, steps: Sequence[Step]) -> list[Question]:
    """The one question of a step: the first that was not asked before, or else the first; none where there is none."""
    asked = {text for step in steps for text in step.questions}
    every = questions(composer, told, found)
    return [question for question in every if question[0] not in asked][:1] or every[:1]


def in_words(composer: Composer, move: Move, tried: Tried) -> Remark:
    """That a move is in an attempt, and the words that show it."""
    place = next(seen.span for seen in tried.moves if seen.what == move.id)
    words = shortened(tried.text[slice(*place)]).strip(AROUND)
    joins = see(composer.rules.dialogue["joins"], plain(words))
    words = words[joins.span.end :].strip(AROUND) if joins else words
    return replace(composer.remark("move_present", move=capital(move.name)), words=words)


def by_name(composer: Composer, move: Move) -> Remark:
    """A move's name, as a sentence."""
    return composer.remark("move_named", move=capital(move.name))


def names(composer: Composer, remark: str, moves: Sequence[Move]) -> tuple[Item, ...]:
    """Moves by name, in one sentence; none where there are none."""
    return ((composer.remark(remark, moves=", ".join(move.name for move in moves)),),) if moves else ()


def changes(composer: Composer, tried: Tried, steps: Sequence[Step]) -> tuple[Remark, ...]:
    """Which moves came and went since the attempt before."""
    before = next((step for step in reversed(steps) if step.stage is Stage.ATTEMPT), None)
    if before is None:
        return ()
    was = {seen.what for seen in before.moves}
    moves = composer.index.moves.values()
    came = ", ".join(move.name for move in moves if move.id in tried.move_ids - was)
    went = ", ".join(move.name for move in moves if move.id in was - tried.move_ids)
    found = [composer.remark(name, moves=some) for name, some in (("came", came), ("went", went)) if some]
    return tuple(found) or (composer.remark("unchanged"),)


def repeated(text: str) -> Item:
    """What somebody wrote, as a quotation."""
    return (Remark("", "own words", shortened(text)),)


def shortened(text: str) -> str:
    """A text on one line, of at most so many words, cut where a word ends."""
    words = text.split()
    return " ".join(words[:MOST_WORDS]) + (" …" if len(words) > MOST_WORDS else "")


def capital(text: str) -> str:
    """A text with a capital at its beginning, as a sentence has it."""
    return text[:1].upper() + text[1:]
