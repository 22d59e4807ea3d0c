"""A pack's folder → Pack: what is known of a work beforehand, and the digest of it.

Reads and checks the files; resolves anchors against passages. Knows the shape of a pack, never its subject.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from ragbot.bibliography import format_apa
from ragbot.errors import PackError
from ragbot.phrases import faults_of
from ragbot.records import read_toml, read_yaml
from ragbot.types import (
    STRICT,
    Anchor,
    Attempt,
    CaveatRule,
    Cue,
    Document,
    Gap,
    Grain,
    Lead,
    Move,
    Pack,
    Passage,
    PassageKind,
    PhraseRule,
    Practice,
    Telling,
    Topic,
    numbers_in,
)
from ragbot.words import plain, stems

INCLUDE = re.compile(r"^\[[^\]\n]+\]\(([\w.-]+\.(?:tsv|json))\)$", re.M)
Part = TypeVar("Part")
WINDOW = 3  # an anchor may lie across so many neighbouring sentences
HEAD = 2000  # characters of a file in which its work is recognised


@dataclass(frozen=True, slots=True)
class Work:
    """work.toml: what the work is, how a full text of it is recognised, and its headings' levels."""

    __pydantic_config__ = STRICT

    title: str
    authors: tuple[str, ...]
    noun: str
    recognised_by: tuple[str, ...]
    outline: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topics:
    """topics.yaml."""

    __pydantic_config__ = STRICT

    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Guidance:
    """guidance.yaml."""

    __pydantic_config__ = STRICT

    leads: tuple[Lead, ...]
    caveats: tuple[CaveatRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Gaps:
    """gaps.yaml."""

    __pydantic_config__ = STRICT

    gaps: dict[str, tuple[Gap, ...]]
    anywhere: tuple[PhraseRule, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tellings:
    """A file under tellings/."""

    __pydantic_config__ = STRICT

    tellings: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Reflection:
    """reflection.yaml."""

    __pydantic_config__ = STRICT

    moves: tuple[Move, ...] = ()
    practice: tuple[Practice, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempts:
    """attempts.yaml."""

    __pydantic_config__ = STRICT

    attempts: tuple[Attempt, ...] = ()


def is_pack(folder: Path) -> bool:
    """Whether a folder is a pack: it has a work.toml."""
    return (folder / "work.toml").is_file()


def read_work(folder: Path) -> Work:
    """A pack's work.toml. Raises PackError."""
    return read_toml(folder / "work.toml", Work, PackError)


def recognises(work: Work, text: str) -> bool:
    """Whether a text is a full text of the work: its first 2,000 characters hold every phrase of `recognised_by`."""
    head = " ".join(plain(text[:HEAD]).split())
    return bool(work.recognised_by) and all(plain(phrase) in head for phrase in work.recognised_by)


def read_pack(folder: Path) -> Pack:
    """A pack's knowledge. Raises PackError naming file and key of every fault."""
    work = read_work(folder)
    topics = read_yaml(folder / "topics.yaml", Topics, PackError).topics
    guidance = read_yaml(folder / "guidance.yaml", Guidance, PackError)

    def read(name: str, kind: type[Part], none: Part) -> Part:
        path = folder / name
        return read_yaml(path, kind, PackError) if path.is_file() else none

    lacking = read("gaps.yaml", Gaps, Gaps({}))
    reflection = read("reflection.yaml", Reflection, Reflection())
    told = [read_yaml(path, Tellings, PackError) for path in sorted((folder / "tellings").glob("*.yaml"))]
    pack = Pack(
        id=folder.name,
        title=work.title,
        noun=work.noun,
        topics=topics,
        leads=guidance.leads,
        caveats=guidance.caveats,
        gaps=lacking.gaps,
        tellings=tuple(telling for file in told for telling in file.tellings),
        anywhere=lacking.anywhere,
        elsewhere=lacking.elsewhere,
        moves=reflection.moves,
        attempts=read("attempts.yaml", Attempts, Attempts()).attempts,
        practice=reflection.practice,
    )
    faults = check_names(pack) + [("gaps.yaml", fault) for rule in pack.anywhere for fault in faults_of(rule)]
    phrases = [rule for move in pack.moves for rule in move.rules]
    faults += [("reflection.yaml", f"'{rule.id}': {fault}") for rule in phrases for fault in faults_of(rule)]
    if faults:
        raise PackError("; ".join(f"{folder / name}: {fault}" for name, fault in faults))
    return pack


def check_names(pack: Pack) -> list[tuple[str, str]]:
    """What is wrong with the names in a pack, each with the file it stands in."""
    return [*used_twice(pack), *left_empty(pack), *unquoted_numbers(pack), *unknown_names(pack)]


def used_twice(pack: Pack) -> list[tuple[str, str]]:
    """Ids, and wordings of gaps, that stand twice."""
    lacks = [gap.lacks for group in pack.gaps.values() for gap in group]
    return [
        (file, f"{kind}'{name}' stands twice")
        for file, kind, ids in (
            ("topics.yaml", "topic ", [topic.id for topic in pack.topics]),
            ("guidance.yaml", "lead ", [lead.id for lead in pack.leads]),
            ("guidance.yaml", "caveat ", [rule.id for rule in pack.caveats]),
            ("reflection.yaml", "move ", [move.id for move in pack.moves]),
            ("gaps.yaml", "", lacks),
        )
        for name in sorted({i for i in ids if ids.count(i) > 1})
    ]


def left_empty(pack: Pack) -> list[tuple[str, str]]:
    """Leads and moves without what they need."""
    leads = [lead.id for lead in pack.leads if not (lead.topics and lead.asks)]
    moves = [move.id for move in pack.moves if not move.questions]
    return [
        *(("guidance.yaml", f"lead '{name}' needs topics and asks") for name in leads),
        *(("reflection.yaml", f"move '{name}' needs questions") for name in moves),
    ]


def unquoted_numbers(pack: Pack) -> list[tuple[str, str]]:
    """Numbers in what is said without a quote."""
    said = [
        *(("topics.yaml", f"topic '{t.id}'", (t.name, t.heard, *t.prompts)) for t in pack.topics),
        *(("gaps.yaml", f"a gap of '{name}'", tuple(x.lacks for x in group)) for name, group in pack.gaps.items()),
        *(("gaps.yaml", f"'{rule.id}'", (rule.shows,)) for rule in pack.anywhere),
        *(("reflection.yaml", f"move '{move.id}'", (move.name, *move.questions)) for move in pack.moves),
        *(("reflection.yaml", beginning(x.moment), (x.moment,)) for x in pack.practice),
    ]
    return [
        (file, f"{who} states the number {number}, which no quote holds: '{text}'")
        for file, who, texts in said
        for text in texts
        for number in sorted(numbers_in(text))
    ]


def unknown_names(pack: Pack) -> list[tuple[str, str]]:
    """Topics, moves and leads that are named and not there."""
    topics = [
        *(("guidance.yaml", f"lead '{lead.id}'", lead.topics) for lead in pack.leads),
        *(("guidance.yaml", f"caveat '{rule.id}'", rule.topics + rule.exempt) for rule in pack.caveats),
        *(("topics.yaml", f"topic '{t.id}'", (*t.related, *filter(None, [t.twin]))) for t in pack.topics),
        ("gaps.yaml", "a heading", tuple(pack.gaps)),
        *(("tellings", beginning(x.tells), x.topics + x.unlike) for x in pack.tellings),
        *(("reflection.yaml", f"move '{move.id}'", move.topics) for move in pack.moves),
        *(("reflection.yaml", beginning(x.moment), (x.topic,)) for x in pack.practice),
    ]
    moves = [("attempts.yaml", beginning(x.says), x.moves) for x in pack.attempts]
    gaps = [gap for group in pack.gaps.values() for gap in group]
    leads = [("gaps.yaml", f"'{gap.lacks}'", tuple(filter(None, [gap.nearest]))) for gap in gaps]
    return [
        (file, f"{who} names an unknown {kind} '{name}'")
        for kind, named, known in (
            ("topic", topics, {topic.id for topic in pack.topics}),
            ("move", moves, {move.id for move in pack.moves}),
            ("lead", leads, {lead.id for lead in pack.leads}),
        )
        for file, who, names in named
        for name in names
        if name not in known
    ]


def beginning(text: str) -> str:
    """How a text begins, for a line about it."""
    return f"'{text[:30]}…'"


def assemble_digest(folder: Path) -> str:
    """The digest as one text: digest.md with its table and its reference list put in where it links to them.

    Raises PackError where a linked file is missing.
    """

    def read(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except OSError as cause:
            raise PackError(f"{path}: {cause.strerror}") from None
        except UnicodeDecodeError as cause:
            raise PackError(f"{path}: not UTF-8 at byte {cause.start}") from None

    def included(match: re.Match[str]) -> str:
        path = folder / match.group(1)
        text = read(path)
        if path.suffix == ".tsv":
            return text.rstrip("\n")
        try:
            return "\n".join(f"- {format_apa(item)}" for item in json.loads(text))
        except json.JSONDecodeError as cause:
            raise PackError(f"{path}, line {cause.lineno}: not valid JSON ({cause.msg})") from None
        except KeyError as cause:
            raise PackError(f"{path}: an item without {cause}") from None
        except (AttributeError, IndexError, TypeError, ValueError) as cause:
            raise PackError(f"{path}: not a list of CSL-JSON items ({cause})") from None

    return INCLUDE.sub(included, read(folder / "digest.md"))


def pack_files(folder: Path) -> tuple[Path, ...]:
    """The files a pack's knowledge and digest are made of, in order."""
    return tuple(
        sorted(path for path in folder.rglob("*") if path.suffix in {".toml", ".yaml", ".md", ".tsv", ".json"})
    )


def cues_of(pack: Pack) -> tuple[Cue, ...]:
    """Every cue of a pack: its topics' names, terms and cues, tellings, the questions of leads and gaps, and others."""
    cues = [Cue(x, (topic.id,), term=True) for topic in pack.topics for x in (topic.name, *topic.terms)]
    cues += [Cue(text, (topic.id,)) for topic in pack.topics for text in topic.cues]
    cues += [Cue(telling.tells, telling.topics) for telling in pack.tellings]
    cues += [Cue(text, lead.topics[:1], lead.id) for lead in pack.leads for text in lead.asks]
    cues += [Cue(x, (topic,), gap=gap.lacks) for topic, gaps in pack.gaps.items() for gap in gaps for x in gap.asks]
    cues += [Cue(text, (), elsewhere=True) for text in pack.elsewhere]
    return tuple(cues)


class Places:
    """Where a source's sentences and rows are, to resolve anchors against."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.rows = {plain(p.locator.partition(", row ")[2]): p for p in passages if p.kind is PassageKind.TABLE_ROW}
        self.blocks: dict[int, list[tuple[Passage, frozenset[str]]]] = {}
        for p in passages:
            if p.grain is Grain.SENTENCE and p.kind not in (PassageKind.TABLE_ROW, PassageKind.REFERENCE):
                self.blocks.setdefault(p.place, []).append((p, frozenset(stems(p.text))))

    def find(self, anchor: Anchor) -> tuple[Passage, ...]:
        """The passages of an anchor: the row, or the fewest neighbouring sentences of one paragraph with all the words.

        The first of equals; none where the source has no such place.
        """
        if anchor.row:
            row = self.rows.get(plain(anchor.row))
            return (row,) if row else ()
        wanted = [[frozenset(stems(choice)) for choice in word.split("|")] for word in anchor.words]
        blocks = [block for block in self.blocks.values() if in_section(block[0][0], anchor.section)]
        for length in range(1, WINDOW + 1):
            for block in blocks:
                for start in range(len(block) - length + 1):
                    window = block[start : start + length]
                    held = frozenset().union(*(words for _, words in window))
                    if all(any(choice <= held for choice in choices) for choices in wanted):
                        return tuple(passage for passage, _ in window)
        return ()


def in_section(passage: Passage, section: str) -> bool:
    """Whether a passage stands under a heading, or in the table of that name."""
    name = plain(section)
    return name in (plain(title) for title in passage.section) or plain(passage.locator).startswith(name + ",")


def resolve_pack(
    pack: Pack, passages: Mapping[str, Passage], document: Document | None = None
) -> tuple[Pack, tuple[str, ...]]:
    """The pack with its anchors resolved in a source, and a line for each that is not, or does not support its lead.

    A lead, caveat or move whose anchors are not all there, or with a number that its anchored passages do not hold,
    is left out. Where the `document` is given, numbers are looked for in the words that will be quoted, not in the
    passages' reading form, which has a list's lead-in and a table's column headings too.
    """
    places = Places(list(passages.values()))
    faults: list[str] = []

    def found(who: str, anchors: Sequence[Anchor]) -> tuple[str, ...]:
        hits = [(anchor, places.find(anchor)) for anchor in anchors]
        faults.extend(f"{who}: no place in the source for {shown(anchor)}" for anchor, hit in hits if not hit)
        return tuple(dict.fromkeys(passage.id for _, hit in hits for passage in hit))

    def supported(who: str, say: str, anchors: Sequence[Anchor], ids: Sequence[str]) -> bool:
        found = [passages[i] for i in ids]
        held = " ".join(f"{document.words(p.spans) if document else p.text} {p.locator}" for p in found)
        stray = sorted(numbers_in(say) - numbers_in(held))
        faults.extend(f"{who}: the number {number} stands in none of its passages" for number in stray)
        return all(places.find(anchor) for anchor in anchors) and bool(ids) and not stray

    topics = tuple(replace(t, passages=found(f"topic {t.id}", t.anchors)) for t in pack.topics)
    leads = [replace(lead, passages=found(f"lead {lead.id}", lead.anchors)) for lead in pack.leads]
    caveats = [replace(rule, passages=found(f"caveat {rule.id}", rule.anchors)) for rule in pack.caveats]
    moves = [replace(move, passages=found(f"move {move.id}", move.anchors)) for move in pack.moves]
    return (
        replace(
            pack,
            topics=topics,
            leads=tuple(x for x in leads if supported(f"lead {x.id}", x.say, x.anchors, x.passages)),
            caveats=tuple(x for x in caveats if supported(f"caveat {x.id}", x.say, x.anchors, x.passages)),
            moves=tuple(x for x in moves if supported(f"move {x.id}", x.say, x.anchors, x.passages)),
        ),
        tuple(faults),
    )


def shown(anchor: Anchor) -> str:
    """An anchor for a person."""
    return f"row '{anchor.row}'" if anchor.row else f"'{anchor.section}' with {', '.join(anchor.words)}"
