"""Draft → Reply: citation numbers in order of first use, and the text as Markdown. Adds no word of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ragbot.sentences import split_sentences
from ragbot.types import (
    CaveatNote,
    Draft,
    Evidence,
    Figure,
    Quote,
    Remark,
    Reply,
    Statement,
)

MARKUP = re.compile(r"(?<!\w)[*_]+|[*_]+(?!\w)|</?\w+>")


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
            return part.text
        marks = "".join(f"[{self.of(item)}]" for item in part.evidence)
        return " ".join(f"{part.text[slice(*sentence)]} {marks}" for sentence in split_sentences(part.text))


def quoted(item: Evidence, number: int, headings: dict[str, str], indent: str = "") -> str:
    """A quote as a Markdown block with its number, its place, and whose finding it reports, where it cites a work."""
    words = " ".join(item.quote.replace("\t", " | ").split())
    reports = f" ({headings['reports'].format(works='; '.join(item.cites))})" if item.cites else ""
    return f"{indent}> {words} [{number}]\n{indent}>\n{indent}> — *{item.locator}*{reports}"


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def paragraphs(draft: Draft, headings: dict[str, str], noun: str) -> Iterator[str]:
    """The text's paragraphs in order; what has no content has no heading."""
    numbers = Numbers()
    cite = numbers.cite
    said_in = draft.lines if not draft.brief else (*draft.lines, *draft.caveats)
    shown = {(item.document, item.spans) for line in said_in for item in line.evidence}

    def headed(name: str, body: str) -> str:
        return f"**{headings[name].format(noun=noun)}**\n\n{body}"

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
    cited = set(numbers.order)
    first = [item for item in draft.quotes if (item.document, item.spans) in cited]
    others = [item for item in draft.quotes if item not in first]
    shown |= {(item.document, item.spans) for item in draft.quotes}
    if first:
        yield "\n\n".join(quoted(item, numbers.of(item), headings) for item in first)
    if others:
        blocks = "\n\n".join(quoted(item, numbers.of(item), headings) for item in others)
        yield headed("also", blocks) if first or draft.lines else blocks
    if draft.caveats:
        said = []
        for caveat in draft.caveats:
            lines = [f"- {cite(caveat)}"]
            for item in caveat.evidence:
                key = (item.document, item.spans)
                if key not in shown and item.unmarked not in caveat.text:
                    shown.add(key)
                    lines.append(quoted(item, numbers.of(item), headings, "  "))
            said.append("\n\n".join(lines))
        yield headed("caveats", "\n".join(said))
    beside = [gap for gap in draft.gaps if gap not in draft.openings]
    if beside:
        yield headed("gaps", bullets(gap.text for gap in beside))
    if draft.reflection:
        yield headed("reflection", bullets(prompt.text for prompt in draft.reflection))
    if draft.suggestions:
        yield headed("suggestions", bullets(draft.suggestions))


def number_evidence(draft: Draft) -> list[Evidence]:
    """Every quote of a draft in the order of its number."""
    numbers = Numbers()
    for part in (*draft.openings, *draft.lines):
        numbers.cite(part)
    for item in draft.quotes:
        numbers.of(item)
    for caveat in draft.caveats:
        numbers.cite(caveat)
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
    """The reply's text for a terminal: without emphasis marks and typesetting signs."""
    return MARKUP.sub("", reply.text).replace("$", "")
