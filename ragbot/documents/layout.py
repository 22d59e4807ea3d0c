"""Lines → sections, blocks, table groups and reference spans. Knows layout only: blank lines, marks, punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ragbot.types import Block, BlockKind, Section, Span

ATX = re.compile(r"(#{1,6})\s+(?=\S)")
BULLET = re.compile(r"(?:[-*+•◦▪♦◆‣]\s+)+|\d{1,2}[.)]\s+")
CAPTION = re.compile(r"Table\s+[\dA-Z][\d.]*")
BOX = re.compile(r"(?:Box|Panel|Exhibit)\s+\d[\d.]*\s")
NOTE = re.compile(r"\\[*†‡]\s*\w|[*†‡]\s+\w|[†‡]\w|\*\w(?!.*\*)|Notes?[.:]\s")  # but not: *Loam* is …
RULE = re.compile(r"([-=_*]\s*){3,}$")
TERMINAL = tuple(".?!:;…")
CLOSERS = "*_\"”’')]}»"
LIST_OF_WORKS = re.compile(r"(references|bibliography|works cited|literature)$", re.I)
RESOURCES = re.compile(r"(useful |further |additional )?(resources|readings?)$", re.I)
BACK_MATTER = re.compile(r"(conclusions?|discussion|summary|appendix.*|notes|acknowledge?ments)$", re.I)
BYLINE = re.compile(r"\b[A-Z]\. |^by |\w [\w’'-]+,? (and|&) [\w’'-]+ \w")  # two names each: not "Aims and Methods"
DELIMITER = re.compile(r"\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?)?$")  # below the head of a Markdown table
MARKUP = re.compile(r"[*_`]+|</?\w+>")


@dataclass(slots=True)
class TableGroup:
    """The lines of one table and what belongs to it (positions in Layout.blocks)."""

    lines: list[Span]
    section: int
    caption: int | None = None
    notes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Layout:
    """What the lines of a text are."""

    sections: list[Section] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    tables: list[TableGroup] = field(default_factory=list)
    references: list[Span] = field(default_factory=list)
    marks: list[Span] = field(default_factory=list)


def plain(text: str) -> str:
    """A heading or label without markup: "What Does *Not* Work" is "What Does Not Work"."""
    return re.sub(r"\s+", " ", MARKUP.sub("", text)).strip()


def paragraphs(text: str) -> Iterator[list[Span]]:
    """Groups of neighbouring lines that are not blank, each line's span without outer white space."""
    group: list[Span] = []
    for match in re.finditer(r"[^\n]*\n?", text):
        line = match.group()
        if line.strip("\ufeff").strip():
            start = match.start() + len(line) - len(line.lstrip("\ufeff \t\r\f"))
            if "\t" in line.strip() and not BULLET.match(line.lstrip()):
                start = match.start()
            group.append(Span(start, match.start() + len(line.rstrip())))
        elif group:
            yield group
            group = []
    if group:
        yield group


def is_open(text: str) -> bool:
    """Whether a paragraph stops in mid-sentence."""
    return not text.rstrip().rstrip(CLOSERS).endswith(TERMINAL)


def goes_on(text: str) -> bool:
    """Whether a paragraph begins in mid-sentence."""
    return bool(re.match(r"[(\[\"“‘'*_]*[a-z]", text))


def is_heading(line: str, first: bool) -> bool:
    """Whether a line standing alone is a heading of plain text."""
    words = plain(line).split()
    if not words or len(line) > 100 or len(words) > 14 or goes_on(line) or BULLET.match(line):
        return False
    if line.rstrip().rstrip(CLOSERS).endswith(tuple(".:;,")) or re.search(r"[=]", line):
        return False
    capitals = sum(word[0].isupper() or not word[0].isalpha() for word in words if len(word) > 3)
    return first or capitals * 2 >= sum(len(word) > 3 for word in words)


class Reader:
    """Goes through the groups of lines once, keeping the open section, table and list."""

    def __init__(self, text: str, outline: Mapping[str, Sequence[str]]) -> None:
        self.text = text
        self.parents = {plain(child).casefold(): parent for parent, children in outline.items() for child in children}
        self.layout = Layout()
        self.counts: dict[int, int] = {}
        self.table: TableGroup | None = None
        self.lead_in: int | None = None

    @property
    def section(self) -> int:
        return len(self.layout.sections) - 1

    def read(self) -> Layout:
        groups = list(paragraphs(self.text))
        for position, group in enumerate(groups):
            following = groups[position + 1] if position + 1 < len(groups) else None
            self.read_group(group, following)
        self.join_interrupted()
        return self.layout

    def read_group(self, group: list[Span], following: list[Span] | None) -> None:
        line = self.text[slice(*group[0])]
        if self.rule_or_underline(group) or self.table_lines(group):
            return
        atx = ATX.match(line)
        if atx:
            self.mark(Span(group[0].start, group[0].start + len(atx.group(1))))
            self.heading(Span(group[0].start + atx.end(), group[0].end), len(atx.group(1)))
            if group[1:]:
                self.read_group(group[1:], following)
        elif self.table and NOTE.match(line):
            self.table.notes.append(self.block(BlockKind.TABLE_NOTE, Span(group[0].start, group[-1].end)))
        elif CAPTION.match(line) and following and self.leads_to_table(line, following):
            self.table = TableGroup(
                [], self.section, self.block(BlockKind.CAPTION, Span(group[0].start, group[-1].end))
            )
            self.layout.tables.append(self.table)
        elif any(BULLET.match(self.text[slice(*span)]) for span in group):
            self.items(group)
        elif len(group) == 1 and (BOX.match(line) or is_heading(line, not self.layout.sections)):
            self.plain_heading(group[0], line)
        else:
            self.prose(Span(group[0].start, group[-1].end))

    def leads_to_table(self, line: str, following: list[Span]) -> bool:
        first = self.text[slice(*following[0])]
        return "\t" in first or (len(following) > 1 and self.delimits(following[1]))

    def delimits(self, span: Span) -> bool:
        return DELIMITER.match(self.text[slice(*span)]) is not None

    def tabbed(self, group: list[Span]) -> bool:
        """Whether lines are a table's: a tab in each, and, outside a table, several that are no list."""
        lines = [self.text[slice(*span)] for span in group]
        items = all(BULLET.match(line) and line.count("\t") == 1 for line in lines)
        return all("\t" in line for line in lines) and (self.table is not None or (len(lines) > 1 and not items))

    def rule_or_underline(self, group: list[Span]) -> bool:
        """A horizontal rule, or a heading underlined in Markdown's other way."""
        if len(group) == 1 and RULE.match(self.text[slice(*group[0])]):
            self.mark(group[0])
            return True
        if len(group) == 2 and re.fullmatch(r"=+|-{2,}", self.text[slice(*group[1])]):
            self.heading(group[0], 1 if self.text[group[1].start] == "=" else 2)
            self.mark(group[1])
            return True
        return False

    def table_lines(self, group: list[Span]) -> bool:
        if len(group) > 1 and self.delimits(group[1]):
            self.mark(group[1])
            group = [group[0], *group[2:]]
        elif not self.tabbed(group):
            return False
        if self.table is None or (self.table.lines and self.table.notes):
            self.table = TableGroup([], self.section)
            self.layout.tables.append(self.table)
        self.table.lines += group
        return True

    def plain_heading(self, span: Span, line: str) -> None:
        first = not self.layout.sections
        if (
            self.section == 0
            and not self.layout.blocks
            and BYLINE.search(line)
            and not self.parents.get(line.casefold())
        ):
            self.block(BlockKind.BYLINE, span)
            return
        if BOX.match(line):
            self.heading(span, 2)
        elif first:
            self.heading(span, 1)
        else:
            self.heading(span, self.plain_level(plain(line)))

    def plain_level(self, title: str) -> int:
        """The level of a heading that carries none: by the outline, else by its neighbours."""
        if self.parents:
            return 3 if title.casefold() in self.parents else 2
        last = self.layout.sections[-1]
        if BACK_MATTER.match(title) or LIST_OF_WORKS.match(title) or RESOURCES.match(title):
            return 2
        return 3 if last.level == 3 or (last.level == 2 and not self.counts.get(self.section)) else 2

    def heading(self, span: Span, level: int) -> None:
        title = plain(self.text[slice(*span)])
        above = next((s for s in reversed(self.layout.sections) if s.level < level), None)
        path = (*above.path, title) if above and above.level > 1 else (title,)
        self.layout.sections.append(Section(title, level, path, span))
        self.table = self.lead_in = None

    def mark(self, span: Span) -> None:
        self.layout.marks.append(span)

    def block(self, kind: BlockKind, span: Span, lead_in: int | None = None) -> int:
        if kind in (BlockKind.PROSE, BlockKind.LIST_ITEM, BlockKind.RESOURCE):
            self.counts[self.section] = self.counts.get(self.section, 0) + 1
        self.layout.blocks.append(Block(kind, (span,), self.section, 0, lead_in))
        return len(self.layout.blocks) - 1

    def in_section(self, pattern: re.Pattern[str]) -> bool:
        return bool(self.layout.sections) and bool(pattern.match(self.layout.sections[-1].title))

    def prose(self, span: Span) -> None:
        self.table = self.table if self.table and not self.table.lines else None
        if self.in_section(LIST_OF_WORKS):
            self.layout.references.append(span)
            return
        self.lead_in = self.block(BlockKind.PROSE, span)

    def items(self, group: list[Span]) -> None:
        """List items; a line without a bullet goes on the item above it."""
        items: list[Span] = []
        before: Span | None = None
        for span in group:
            bullet = BULLET.match(self.text[slice(*span)])
            if bullet:
                end = span.start + len(bullet.group().rstrip())
                for part in re.finditer(r"\S+", self.text[span.start : end]):
                    self.mark(Span(span.start + part.start(), span.start + part.end()))
                items.append(Span(span.start + bullet.end(), span.end))
            elif items:
                items[-1] = Span(items[-1].start, span.end)
            else:
                before = Span(before.start if before else span.start, span.end)
        if before:
            self.prose(before)
        for item in items:
            if self.in_section(LIST_OF_WORKS):
                self.layout.references.append(item)
            else:
                kind = BlockKind.RESOURCE if self.in_section(RESOURCES) else BlockKind.LIST_ITEM
                self.block(kind, item, self.lead_in)

    def join_interrupted(self) -> None:
        """Join a paragraph to its other half where a page break, a table or a box came between."""
        blocks = self.layout.blocks
        joined: dict[int, int] = {}
        for first, block in enumerate(blocks):
            if block.kind not in (BlockKind.PROSE, BlockKind.LIST_ITEM) or first in joined:
                continue
            while is_open(self.words(blocks[first])):
                second = self.other_half(first, joined)
                if second is None:
                    break
                joined[second] = first
                blocks[first] = replace(blocks[first], spans=blocks[first].spans + blocks[second].spans)
                self.return_from_box(second, blocks[first].section)
        self.drop(joined)

    def words(self, block: Block) -> str:
        return " ".join(self.text[slice(*span)] for span in block.spans)

    def other_half(self, first: int, joined: dict[int, int]) -> int | None:
        """The next paragraph that begins in mid-sentence, looking past captions, notes and a box."""
        sections, blocks = self.layout.sections, self.layout.blocks
        home = blocks[first].section
        for position in range(first + 1, len(blocks)):
            block = blocks[position]
            boxed = block.section > home >= 0 and BOX.match(sections[block.section].title) is not None
            if block.section != home and not boxed:
                return None
            if block.kind is BlockKind.PROSE and position not in joined:
                if goes_on(self.words(block)):
                    return position
                if not boxed:
                    return None
            elif block.kind in (BlockKind.LIST_ITEM, BlockKind.RESOURCE) and not boxed:
                return None
        return None

    def return_from_box(self, second: int, home: int) -> None:
        """What follows the other half of an interrupted paragraph belongs to the section the box interrupted."""
        boxed = self.layout.blocks[second].section
        if boxed == home:
            return
        for position in range(second + 1, len(self.layout.blocks)):
            if self.layout.blocks[position].section == boxed:
                self.layout.blocks[position] = replace(self.layout.blocks[position], section=home)

    def leads_in(self, block: Block, joined: dict[int, int]) -> int | None:
        """A list goes on after an item that a page break interrupted: its lead-in is that item's."""
        if block.lead_in is None or block.lead_in not in joined:
            return block.lead_in
        first = joined[block.lead_in]
        return self.layout.blocks[first].lead_in if self.layout.blocks[first].kind is BlockKind.LIST_ITEM else first

    def drop(self, joined: dict[int, int]) -> None:
        """Take out the second halves; number the blocks that stay, by section and kind."""
        kept = [position for position in range(len(self.layout.blocks)) if position not in joined]
        moved = {old: new for new, old in enumerate(kept)}
        counts: dict[tuple[int, BlockKind], int] = {}
        blocks = []
        for position in kept:
            block = self.layout.blocks[position]
            key = (block.section, block.kind)
            counts[key] = counts.get(key, 0) + 1
            lead_in = self.leads_in(block, joined)
            lead_in = None if lead_in is None else moved[lead_in]
            blocks.append(replace(block, number=counts[key], lead_in=lead_in))
        self.layout.blocks = blocks
        for table in self.layout.tables:
            table.caption = None if table.caption is None else moved[table.caption]
            table.notes = [moved[note] for note in table.notes]


def read_layout(text: str, outline: Mapping[str, Sequence[str]]) -> Layout:
    """The layout of a text. `outline`: subheadings of a heading, for headings that carry no level."""
    return Reader(text, outline).read()
