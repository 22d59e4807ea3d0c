"""Every record, in the order in which data flows. Read this first.

    text ─> Document ─> Passage ─> (index)          offline
    question ─> Query ─> Hit ─> Evidence ─> Draft ─> Reply      online

All records are frozen. A *span* is a half-open range of Unicode code points of a document's text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np

STRICT = {"extra": "forbid"}  # a record read from a file takes no unknown key
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?|(?<![\w\d])\.\d+")


def numbers_in(text: str) -> set[str]:
    """The numbers of a text in one spelling: "1,318" is "1318", ".62" is "0.62"."""
    found = set()
    for token in NUMBER.findall(text):
        token = token.replace(",", "").rstrip(".")
        found.add("0" + token if token.startswith(".") else token)
    return found


class Span(NamedTuple):
    """A half-open range of code points of a document's text; start < end."""

    start: int
    end: int


class Place(NamedTuple):
    """Where words stand: a document's id and spans of its text."""

    document: str
    spans: tuple[Span, ...]


# ---------------------------------------------------------------- documents


class BlockKind(StrEnum):
    """What a block of running text is."""

    PROSE = "prose"
    LIST_ITEM = "list item"
    CAPTION = "caption"
    TABLE_NOTE = "table note"
    RESOURCE = "resource"
    BYLINE = "byline"


class Measure(StrEnum):
    """What a column of a table of effects holds."""

    STUDIES = "k"
    SAMPLE = "N"
    CORRELATION = "r"
    DIFFERENCE = "d"
    STRENGTH = "strength"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and where it stands in the tree of headings."""

    title: str
    level: int  # 1 is the document's title
    path: tuple[str, ...]  # titles from below the document's title down to this one
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, caption or note; several spans where the layout interrupts it."""

    kind: BlockKind
    spans: tuple[Span, ...]
    section: int  # position in Document.sections; -1 above the first heading
    number: int  # 1, 2, … among the section's blocks of its kind
    lead_in: int | None = None  # for a list item: position in Document.blocks of the paragraph that leads in


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table row. A blank cell has an empty text and no span."""

    column: str
    measure: Measure | None
    text: str
    span: Span | None
    note: Span | None = None  # the footnote that a mark in the cell points to


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its label and its cells, as printed."""

    table: str  # "Table 21.1"
    label: str
    cells: tuple[Cell, ...]  # without the label's own
    span: Span
    section: int

    def cell(self, measure: Measure) -> Cell | None:
        """The row's cell of that measure, or None where the table has no such column or the cell is blank."""
        return next((cell for cell in self.cells if cell.measure is measure and cell.text), None)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: name ("Table 21.1"), header spans, rows, and the positions of caption and notes in Document.blocks."""

    name: str
    header: tuple[Span, ...]
    rows: tuple[TableRow, ...]
    caption: int | None
    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of the reference list. `names` are the printed family names, lower case and without accents."""

    names: tuple[str, ...]
    year: str
    text: str
    span: Span


class CitationState(StrEnum):
    """Whether an in-text citation points to one entry of the reference list, to several, or to none."""

    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Citation:
    """An in-text citation and the entries it may mean (positions in Document.references)."""

    span: Span
    names: tuple[str, ...]
    year: str
    entries: tuple[int, ...]
    state: CitationState


@dataclass(frozen=True, slots=True)
class Document:
    """A source text of which every part knows its spans.

    The spans of sections, blocks, table headers and rows, references and marks together cover every non-blank
    character of `text` exactly once. `marks` are layout that belongs to no part: bullets, heading signs, rules.
    """

    id: str
    title: str
    text: str
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    tables: tuple[Table, ...]
    references: tuple[Reference, ...]
    citations: tuple[Citation, ...]
    marks: tuple[Span, ...]

    def words(self, spans: tuple[Span, ...]) -> str:
        """The text at these spans, joined by a space and otherwise verbatim."""
        return " ".join(self.text[start:end] for start, end in spans)


# ---------------------------------------------------------------- passages and the pack


class PassageKind(StrEnum):
    """What a passage may be evidence for; a reference entry is never evidence for a question of content."""

    PROSE = "prose"
    LIST_ITEM = "list item"
    TABLE_ROW = "table row"
    TABLE_NOTE = "table note"
    CAPTION = "caption"
    RESOURCE = "resource"
    REFERENCE = "reference"


class Grain(StrEnum):
    """How much a passage holds."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Passage:
    """What is embedded and found: whole sentences of one place of a document.

    `id` derives from place and content, so that a rebuild keeps it. `text` is the reading form (markup and
    line breaks removed); what is quoted is always the document at `spans`.
    """

    id: str
    document: str
    kind: PassageKind
    grain: Grain
    spans: tuple[Span, ...]
    text: str
    section: tuple[str, ...]
    locator: str
    place: int  # where its block, row or entry begins; passages of one place overlap or are neighbours
    position: int  # order in the document, ties broken by it


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in the source, named so that it is found in any edition of the work.

    Either `row` (a table row's label) or `section` with `words`: the sentence of that section which holds all of
    them, compared by stem; "a|b" means either.
    """

    __pydantic_config__ = STRICT

    section: str = ""
    words: tuple[str, ...] = ()
    row: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject of the source, the words people use for it, and where the source speaks of it."""

    __pydantic_config__ = STRICT

    id: str
    name: str
    terms: tuple[str, ...]
    heard: str = ""
    sections: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    general: bool = False  # what is asked of any other topic: figures, limits, recommendations
    twin: str = ""  # the topic that "the other kind" means beside this one
    among: str = ""  # the people it is about, where those may be named beside any other topic: "young people"
    anchors: tuple[Anchor, ...] = ()
    prompts: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()  # ids its anchors resolve to; empty until built


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place where the source disagrees with itself: what its text says and what its table has, and where.

    kind: "blank" (the table's cell is empty), "figure" (it has another), "range" (the table reaches otherwise).
    label: of the row, or the table's name. said, printed: values as printed, two of a range, none of a blank cell.
    """

    kind: str
    label: str
    measure: Measure
    said: tuple[str, ...]
    printed: tuple[str, ...]
    text: tuple[str, ...]  # ids of passages
    table: tuple[str, ...]


class Intent(StrEnum):
    """What kind of question an utterance is."""

    DEFINITION = "definition"
    FIGURE = "figure"
    FINDING = "finding"
    HOWTO = "howto"
    COMPARISON = "comparison"
    RANKING = "ranking"
    LIST = "list"
    CAVEAT = "caveat"
    RECOMMENDATION = "recommendation"
    REFERENCE = "reference"
    HISTORY = "history"
    VIGNETTE = "vignette"
    REFLECTION = "reflection"
    SMALLTALK = "smalltalk"


class Mode(StrEnum):
    """How a message is taken: as a question to the source, or as a step of a guided reflection."""

    ASK = "ask"
    REFLECT = "reflect"


SITUATIONS = (Intent.VIGNETTE, Intent.HOWTO)  # told from a session, or asked what to do in one


@dataclass(frozen=True, slots=True)
class Lead:
    """What can be said in our own words, which questions it answers, and where the source supports it.

    names: it says what a situation is called, so that of its topic's leads it is said first. to_reader: it speaks to
    its reader, or judges those who do as the reader may have done, so that a guided reflection leaves it out.
    """

    __pydantic_config__ = STRICT

    id: str
    topics: tuple[str, ...]
    answers: tuple[Intent, ...]
    asks: tuple[str, ...]
    say: str
    anchors: tuple[Anchor, ...]
    names: bool = False
    to_reader: bool = False
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaveatRule:
    """A limit of the source and the answers it belongs to: kinds of question, topics (empty: any), exceptions."""

    __pydantic_config__ = STRICT

    id: str
    claims: tuple[Intent, ...]
    say: str
    anchors: tuple[Anchor, ...]
    topics: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """What people ask near a topic and the source does not give; `lacks` ends "The chapter gives no …".

    `nearest` is the lead that says the nearest thing the source does give.
    """

    __pydantic_config__ = STRICT

    lacks: str
    asks: tuple[str, ...] = ()
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody tells of a session, and its topics, the main one first; of none where `topics` is empty.

    `unlike` names topics it sounds like and is not about.
    """

    __pydantic_config__ = STRICT

    tells: str
    topics: tuple[str, ...]
    unlike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Something recognised in an utterance: what, where in what was typed, and the rule that saw it."""

    what: str
    span: Span
    rule: str


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """What phrases show, with examples that it must and must not see.

    Patterns match plain lower-case text; where capitals count (`cased`), the text as typed.
    """

    __pydantic_config__ = STRICT

    id: str
    any: tuple[str, ...]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]
    shows: str = ""  # an intent, a measure, the name of an answer in responses.yaml, or what the source does not give
    unless: tuple[str, ...] = ()
    cased: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Something that may be in what a clinician would try, and what the source says of it.

    helps: the source speaks for it; else it warns against it. say, anchors: what it says, as of a lead. questions: what
    it leaves open, to be asked one at a time. topics: where the source has it, so that it is missed there; empty: all.
    phrases: any of which shows it. needs: without which no sentence holds it, whatever it is like.
    """

    __pydantic_config__ = STRICT

    id: str
    name: str
    helps: bool
    say: str
    anchors: tuple[Anchor, ...]
    questions: tuple[str, ...]
    topics: tuple[str, ...] = ()
    phrases: tuple[PhraseRule, ...] = ()
    needs: PhraseRule | None = None
    passages: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[PhraseRule, ...]:
        """Its rules, with their examples."""
        return (*self.phrases, *filter(None, [self.needs]))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody would try, in their words, and the moves that are in it: an example to learn from."""

    __pydantic_config__ = STRICT

    says: str
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Practice:
    """A short moment to try something in, about a topic; in the pack's own words."""

    __pydantic_config__ = STRICT

    topic: str
    moment: str


@dataclass(frozen=True, slots=True)
class Pack:
    """What is known of one work beforehand; the engine's only knowledge of any subject."""

    id: str
    title: str
    noun: str  # what the source is called in a reply: "chapter"
    topics: tuple[Topic, ...] = ()
    leads: tuple[Lead, ...] = ()
    caveats: tuple[CaveatRule, ...] = ()
    gaps: dict[str, tuple[Gap, ...]] = field(default_factory=dict)  # by topic
    tellings: tuple[Telling, ...] = ()
    anywhere: tuple[PhraseRule, ...] = ()  # what the source gives of no topic; `shows` is as in Gap.lacks
    elsewhere: tuple[str, ...] = ()  # questions that its readers ask and that have nothing to do with it
    moves: tuple[Move, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    practice: tuple[Practice, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """Words as people use them, the topics they speak for (the main one first), and the lead or gap they ask for.

    elsewhere: they ask for something that the source has nothing to do with; then there is no topic.
    """

    text: str
    topics: tuple[str, ...]
    lead: str | None = None
    gap: str | None = None  # as in Gap.lacks
    term: bool = False  # a name or term of the topic, not words that somebody said
    elsewhere: bool = False


# ---------------------------------------------------------------- a question


@dataclass(frozen=True, slots=True)
class TopicScore:
    """How strongly an utterance is about a topic: 0 to 1, higher is stronger; and what spoke for it."""

    topic: str
    score: float
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadScore:
    """How well a lead answers an utterance, higher is better.

    near: cosine to the nearest of its questions, -1 to 1. sure: what the learned weights give it among all leads and
    gaps, 0 to 1. score: `near` with what `sure`, its topics and its kind add, 0 to 2.
    """

    lead: str
    score: float
    near: float
    sure: float = 0.0


@dataclass(frozen=True, slots=True)
class GapScore:
    """How nearly an utterance asks for something known to be missing; `score`, `near` and `sure` as for a lead.

    certain: `sure` on a scale from an even share, 0, to certainty, 1 (logarithmic), which holds for packs of any size.
    """

    gap: Gap
    topic: str
    score: float
    near: float
    sure: float = 0.0
    certain: float = 0.0


@dataclass(frozen=True, slots=True)
class Query:
    """An utterance understood."""

    text: str
    intent: Intent
    topics: tuple[TopicScore, ...]  # strongest first
    leads: tuple[LeadScore, ...]  # best first
    vector: np.ndarray = field(compare=False, repr=False)  # of the whole, unit length, (dimensions,)
    gaps: tuple[GapScore, ...] = ()  # nearest first
    elsewhere: float = 0.0  # how surely it asks for what the source has nothing to do with, 0 to 1
    about: tuple[str, ...] = ()  # topics it names or goes on with, in order of mention
    among: str = ""  # people that it asks of, and of whom the source says nothing on its subject
    works: tuple[str, ...] = ()  # entries that the answer it goes on with rests on
    said: tuple[str, ...] = ()  # leads that its conversation said before
    covered: tuple[Past, ...] = ()  # the questions that it asks to sum up, or the one to answer in short
    quoted: tuple[Place, ...] = ()  # what its conversation quoted before, where it asks for more
    measures: tuple[Measure, ...] = ()
    seen: tuple[Seen, ...] = ()
    safety: Seen | None = None  # the first safety rule that fired
    smalltalk: Seen | None = None
    notices: tuple[Seen, ...] = ()  # where it may identify a person
    unknown: tuple[str, ...] = ()  # words that a question turns on and that the source has nowhere
    declined: Seen | None = None  # what it asks of the bot and is not the bot's to do
    language: str = ""  # that it is in, ISO 639-1, where that is surely not English
    read_as: str | None = None
    partly: bool = False  # one of several questions of a message: each is answered in fewer words
    open_to: tuple[str, ...] = ()  # topics any of which it may mean, where nothing tells which

    @property
    def nearest(self) -> float:
        """Cosine to the nearest question of any lead, -1 to 1; 0 where there is none."""
        return max((score.near for score in self.leads), default=0.0)

    @property
    def surest(self) -> float:
        """What the learned weights give the surest lead, 0 to 1; 0 where there is none."""
        return max((score.sure for score in self.leads), default=0.0)

    @property
    def support(self) -> float:
        """How surely the source answers it, -3 to 1: the nearest lead, less the surest gap and what is elsewhere."""
        return self.nearest - max((score.certain for score in self.gaps), default=0.0) - self.elsewhere

    def saw(self, rule: str) -> bool:
        """Whether this rule of dialogue is among what was seen."""
        return any(seen.rule == rule for seen in self.seen)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. Every score is 0 to 1, higher is better; `score` is their convex combination."""

    passage: Passage
    score: float
    dense: float
    lexical: float
    known: float


@dataclass(frozen=True, slots=True)
class Past:
    """What a later question of the same conversation may go on with: kind, measures and topics of an answered one.

    `about`: topics that the question named or went on with, else those of the answer, in order of mention.
    """

    intent: Intent
    measures: tuple[Measure, ...]
    about: tuple[str, ...]
    leads: tuple[str, ...] = ()  # that opened the answer
    works: tuple[str, ...] = ()  # entries of the reference list that its quotes cite
    listed: tuple[str, ...] = ()  # topics that the answer names, in order
    quoted: tuple[Place, ...] = ()  # what it quoted
    among: str = ""  # people that it asked of, and of whom the source says nothing on its subject
    figures: tuple[str, ...] = ()  # labels of the rows whose figures it gave


class Stage(StrEnum):
    """A step of a guided reflection: what happened, what one would try, and the summary that ends it."""

    TOLD = "told"
    ATTEMPT = "attempt"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of a guided reflection leaves for the later ones.

    topics: heard in what was told. moment: of the practice it is about, "" for one's own session. moves: read in an
    attempt, with their places in the message. leads: what the source was said to say; glossed: moves that it was said
    of. questions: those asked.
    """

    stage: Stage
    topics: tuple[str, ...] = ()
    moment: str = ""
    moves: tuple[Seen, ...] = ()
    leads: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    glossed: tuple[str, ...] = ()


# ---------------------------------------------------------------- a reply


class Status(StrEnum):
    """What became of a question; see the contract."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_COVERED = "not_covered"
    SAFETY = "safety"
    CLARIFY = "clarify"
    SMALLTALK = "smalltalk"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice beside the reply; kind is safety, privacy or scope."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote: whole sentences, equal to the document at its spans."""

    quote: str
    spans: tuple[Span, ...]
    document: str
    section: tuple[str, ...]
    locator: str
    references: tuple[str, ...]
    score: float
    kind: PassageKind
    place: int
    cites: tuple[str, ...] = ()  # the works it reports, as cited in its words; none where the source itself speaks

    @property
    def length(self) -> int:
        """How many words are quoted."""
        return len(self.quote.split())

    @property
    def unmarked(self) -> str:
        """The quote of a table's note without the mark that it begins with."""
        return self.quote.lstrip("*\\ ")

    @property
    def numbers(self) -> set[str]:
        """Every number that may be stated on the strength of this quote."""
        return numbers_in(" ".join((self.quote, self.locator, *self.references)))


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about the source, or a question that it raises.

    It cannot be made without a quote, nor with a number its quotes do not hold.
    """

    text: str
    evidence: tuple[Evidence, ...]
    rule: str

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"a statement without evidence ({self.rule}): {self.text}")
        stray = numbers_in(self.text) - set().union(*(item.numbers for item in self.evidence))
        if stray:
            raise ValueError(f"numbers {sorted(stray)} stand in no quote of the statement ({self.rule}): {self.text}")


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence of the bot's own: an opening, a limit of the tool, a question. It states no finding, cites nothing.

    words: somebody's own words that it shows, as typed; they stand alone where `text` is empty.
    """

    text: str
    rule: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One row's statistics as printed, with the quote that holds them; None where the source gives none."""

    label: str
    measure: str
    value: str | None
    k: str | None
    n: str | None
    strength: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a reply under a heading of its own. Each item is what is said in one breath, its quotes below it.

    heading: its name in responses.yaml. plain: items are paragraphs, not a list.
    """

    heading: str
    items: tuple[tuple[Statement | Remark, ...], ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply before rendering: parts in the order of the text. `quotes` are shown in full, in this order."""

    status: Status
    intent: Intent
    topics: tuple[str, ...] = ()
    about: tuple[str, ...] = ()  # topics of what is said, for a question that goes on with it
    leads: tuple[str, ...] = ()  # ids of those among its openings
    openings: tuple[Statement | Remark, ...] = ()
    quotes: tuple[Evidence, ...] = ()
    lines: tuple[Statement, ...] = ()  # figure lines, one for each row
    portions: tuple[Portion, ...] = ()  # of a guided reflection
    figures: tuple[FigureLine, ...] = ()
    caveats: tuple[Statement, ...] = ()
    gaps: tuple[Remark, ...] = ()
    reflection: tuple[Remark | Statement, ...] = ()
    closing: tuple[Remark, ...] = ()  # what it ends with
    suggestions: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    read_as: str | None = None
    title: str = ""  # of a document to keep, whose portions are its sections
    before: tuple[Place, ...] = ()  # quoted earlier in the conversation: named here, not quoted again
    brief: bool = False  # a line was asked for: quotes stand beside the text, not in it

    @property
    def said(self) -> tuple[Statement | Remark, ...]:
        """What it says of what was asked, in order, limits and questions left out."""
        portions = (part for portion in self.portions for item in portion.items for part in item)
        return (*self.openings, *self.lines, *portions)


@dataclass(frozen=True, slots=True)
class Quote:
    """One item of a reply's evidence, numbered as in its text."""

    number: int
    quote: str
    spans: tuple[Span, ...]
    document: str
    section: tuple[str, ...]
    locator: str
    references: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A statistic stated in a reply, values as printed, with the number of the evidence that holds it."""

    label: str
    measure: str
    value: str | None
    k: str | None
    n: str | None
    strength: str | None
    evidence: int


@dataclass(frozen=True, slots=True)
class CaveatNote:
    """A limit that belongs to the answer, with the number of its quote."""

    text: str
    evidence: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply as every face gives it: JSON, Python, text."""

    conversation_id: str
    message_id: str
    status: Status
    intent: str
    topics: tuple[str, ...]
    text: str
    evidence: tuple[Quote, ...]
    figures: tuple[Figure, ...]
    caveats: tuple[CaveatNote, ...]
    gaps: tuple[str, ...]
    reflection: tuple[str, ...]
    suggestions: tuple[str, ...]
    notices: tuple[Notice, ...]
    read_as: str | None
    index_id: str
    timing_ms: dict[str, float] = field(compare=False)

    @property
    def to_keep(self) -> bool:
        """Whether its text is a document to keep, with a title: the page that ends a guided reflection."""
        return self.text.startswith("# ")
