"""Draft → Reply: citation numbers in order of first use, and the text as Markdown. Adds no word of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ragbot.evidence import holds
from ragbot.sentences import split_sentences
from ragbot.types import (
    CaveatNote,
    Draft,
    Evidence,
    Figure,
    Intent,
    Place,
    Portion,
    Quote,
    Remark,
    Reply,
    Statement,
    Status,
)

REMINDING = 10  # words of a quote that stood earlier in the conversation
MARKUP = re.compile(r"(?<![\w\\])[*_]+|(?<!\\)[*_]+(?!\w)|</?\w+>")
SIGNS = re.compile(r"[\\`*_\[\]<>#|~]|^[-+](?= )|(?<=^\d)[.)](?= )")  # that Markdown would read as its own
ESCAPED = re.compile(r"\\([^\w\s]|_)")


def literal(text: str) -> str:
    """Somebody's words on one line as Markdown that shows them as they were typed."""
    return SIGNS.sub(lambda sign: "\\" + sign[0], text)


class Numbers:
    """Numbers of quotes, given out in order of first use."""

    def __init__(self) -> None:
        self.order: dict[tuple[str, object], tuple[int, Evidence]] = {}

    def of(self, item: Evidence) -> int:
        """The number of a quote, a new one where it is used for the first time."""
        return self.order.setdefault((item.document, item.spans), (len(self.order) + 1, item))[0]

    def cite(self, part: Statement | Remark) -> str:
        """A statement with its citations after each of its sentences: "… [1][2] … [1][2]"."""
        if isinstance(part, Remark):
            return part.text if not part.words else remarked(part.text, literal(part.words))
        marks = "".join(f"[{self.of(item)}]" for item in part.evidence)
        return " ".join(f"{part.text[slice(*sentence)]} {marks}" for sentence in split_sentences(part.text))


def remarked(text: str, words: str) -> str:
    """A remark with somebody's words; these as a block of their own, where it has nothing else."""
    return f"{text} “{words}”." if text else f"> {words}"


def quoted(
    item: Evidence, number: int, headings: dict[str, str], before: Iterable[Place] = (), indent: str = ""
) -> str:
    """A quote as a Markdown block with its number, its place, and whose finding it reports, where it cites a work.

    Of what stands in a quote of `before`, only its first words remind.
    """
    words = " ".join(item.quote.replace("\t", " | ").split())
    if any(holds(place, item) for place in before):
        start = words if len(words.split()) <= REMINDING else " ".join(words.split()[:REMINDING]) + " …"
        return f"{indent}> {start} [{number}]\n{indent}>\n{indent}> — *{item.locator}* ({headings['above']})"
    reports = f" ({headings['reports'].format(works='; '.join(item.cites))})" if item.cites else ""
    return f"{indent}> {words} [{number}]\n{indent}>\n{indent}> — *{item.locator}*{reports}"


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


class Page:
    """What a draft's text has shown so far: numbers given out, and quotes written out."""

    def __init__(self, draft: Draft, headings: dict[str, str], noun: str) -> None:
        self.draft, self.headings, self.noun = draft, headings, noun
        self.numbers = Numbers()
        said_in = draft.lines if not draft.brief else (*draft.lines, *draft.caveats)
        self.shown = {(item.document, item.spans) for line in said_in for item in line.evidence}
        self.shown |= {(item.document, item.spans) for item in draft.quotes}

    def headed(self, name: str, body: str) -> str:
        """Text under its heading; of a document to keep, its sections."""
        heading = self.headings[name].format(noun=self.noun)
        return f"## {heading}\n\n{body}" if self.draft.title else f"**{heading}**\n\n{body}"

    def block(self, item: Evidence, indent: str = "") -> str:
        """A quote, or where it stood before."""
        return quoted(item, self.numbers.of(item), self.headings, self.draft.before, indent)

    def with_quotes(self, item: Iterable[Statement | Remark], bullet: bool = True) -> str:
        """What is said in one breath, and below it those of its quotes that are not shown yet."""
        parts, indent = list(item), "  " if bullet else ""
        lines = [("- " if bullet else "") + " ".join(map(self.numbers.cite, parts))]
        for quote in (quote for part in parts if isinstance(part, Statement) for quote in part.evidence):
            key = (quote.document, quote.spans)
            if key not in self.shown and not any(quote.unmarked in part.text for part in parts):
                self.shown.add(key)
                lines.append(self.block(quote, indent))
        return "\n\n".join(lines)

    def portion(self, portion: Portion) -> str:
        """A part under its heading."""
        items = [self.with_quotes(item, not portion.plain) for item in portion.items]
        return self.headed(portion.heading, ("\n\n" if portion.plain else "\n").join(items))


def paragraphs(draft: Draft, headings: dict[str, str], noun: str) -> Iterator[str]:
    """The text's paragraphs in order; what has no content has no heading."""
    page = Page(draft, headings, noun)
    cite = page.numbers.cite
    if draft.title:
        yield f"# {draft.title}"
    if draft.read_as:
        yield f"*{draft.read_as}*"
    remarks = [part for part in draft.openings if isinstance(part, Remark)]
    if remarks:
        yield "\n\n".join(map(cite, remarks))
    statements = [part for part in draft.openings if isinstance(part, Statement)]
    if statements:
        yield " ".join(map(cite, statements))
    if draft.lines:
        yield bullets(map(cite, draft.lines))
    cited = set(page.numbers.order)
    first = [item for item in draft.quotes if (item.document, item.spans) in cited]
    others = [item for item in draft.quotes if item not in first]
    if first:
        yield "\n\n".join(map(page.block, first))
    if others:
        blocks = "\n\n".join(map(page.block, others))
        yield page.headed("also", blocks) if first or draft.lines else blocks
    yield from map(page.portion, draft.portions)
    if draft.caveats:
        yield page.headed("caveats", "\n".join(page.with_quotes([caveat]) for caveat in draft.caveats))
    beside = [gap for gap in draft.gaps if gap not in draft.openings]
    if beside:
        yield page.headed("gaps", bullets(gap.text for gap in beside))
    if draft.reflection:
        heading = "question" if draft.intent is Intent.REFLECTION else "reflection"
        yield page.headed(heading, "\n".join(page.with_quotes([part]) for part in draft.reflection))
    if draft.closing:
        yield "\n\n".join(map(cite, draft.closing))
    if draft.suggestions and draft.status is Status.CLARIFY:
        yield bullets(draft.suggestions)
    elif draft.suggestions:
        yield page.headed("suggestions", bullets(draft.suggestions))


def number_evidence(draft: Draft) -> list[Evidence]:
    """Every quote of a draft in the order of its number."""
    numbers = Numbers()
    for part in (*draft.openings, *draft.lines):
        numbers.cite(part)
    for item in draft.quotes:
        numbers.of(item)
    for part in (*(part for portion in draft.portions for item in portion.items for part in item), *draft.caveats):
        numbers.cite(part)
    for part in draft.reflection:
        numbers.cite(part)
    return [item for _, item in numbers.order.values()]


def render_reply(
    draft: Draft, headings: dict[str, str], noun: str, ids: tuple[str, str], index_id: str, timing_ms: dict[str, float]
) -> Reply:
    """The reply as the contract has it; `ids` are of the conversation and the message."""
    items = number_evidence(draft)
    number = {(item.document, item.spans): n for n, item in enumerate(items, 1)}

    def of(item: Evidence) -> int:
        return number[item.document, item.spans]

    return Reply(
        conversation_id=ids[0],
        message_id=ids[1],
        status=draft.status,
        intent=draft.intent,
        topics=draft.topics,
        text="\n\n".join(paragraphs(draft, headings, noun)),
        evidence=tuple(
            Quote(n, e.quote, e.spans, e.document, e.section, e.locator, e.references, e.score)
            for n, e in enumerate(items, 1)
        ),
        figures=tuple(Figure(f.label, f.measure, f.value, f.k, f.n, f.strength, of(f.evidence)) for f in draft.figures),
        caveats=tuple(CaveatNote(c.text, of(c.evidence[0])) for c in draft.caveats),
        gaps=tuple(gap.text for gap in draft.gaps),
        reflection=tuple(prompt.text for prompt in draft.reflection),
        suggestions=draft.suggestions,
        notices=draft.notices,
        read_as=draft.read_as,
        index_id=index_id,
        timing_ms=timing_ms,
    )


def render_plain(reply: Reply) -> str:
    """The reply's text for a terminal: without emphasis marks, typesetting signs and what keeps signs as typed."""
    return ESCAPED.sub(r"\1", MARKUP.sub("", reply.text)).replace("$", "")
