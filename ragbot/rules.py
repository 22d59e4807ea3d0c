"""The engine's rule files → records: intents, safety, weights, wording. Of dialogue, never of a subject."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

from ragbot.errors import RuleError
from ragbot.phrases import faults_of
from ragbot.records import read_yaml
from ragbot.types import STRICT, Intent, Measure, PhraseRule

FOLDER = Path(__file__).parent / "rules"
WHO = ("client", "writer")  # whose safety
NAMED = re.compile(r"<([a-z]+)>")


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """retrieval.yaml: weights and cut-offs, each with its reason there."""

    __pydantic_config__ = STRICT

    dense: float
    lexical: float
    known: float
    depth: int
    term: float
    learned: float
    whole: float
    cue_floor: float
    cue_ceiling: float
    topic: float
    topic_told: float
    heard: float
    might: float
    topic_beside: float
    lead: float
    lead_situation: float
    lead_agrees: float
    lead_sure: float
    lead_again: float
    lead_near: float
    lead_stands: float
    lead_topic: float
    lead_topic_told: float
    second_lead: float
    lead_close: float
    gap: float
    gap_certain: float
    gap_margin: float
    gap_nearer: float
    gap_said: float
    gap_beside: float
    gap_told: float
    answer: float
    answer_dense: float
    answer_alone: float
    answer_near: float
    answer_sure: float
    answer_howto: float
    answer_unsure: float
    answer_figure: float
    answer_carried: float
    quotes: int
    quote_share: float
    quotes_beside: int
    quoted_words: int
    quoted_most: int
    carry_words: int
    stands: float
    described: float
    elsewhere: float
    elsewhere_sure: float
    move: float
    move_against: float
    danger: float
    danger_part: float
    danger_shown: float
    language: float
    language_likely: float
    language_english: float


@dataclass(frozen=True, slots=True)
class Abroad:
    """What is said in another language than English: that only English is answered, and what must be understood.

    regions: where it is spoken, whose numbers are named first.
    """

    __pydantic_config__ = STRICT

    regions: tuple[str, ...]
    only_english: str
    client: tuple[str, ...]
    writer: tuple[str, ...]
    privacy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Responses:
    """responses.yaml: every sentence of the engine's own."""

    __pydantic_config__ = STRICT

    statements: dict[str, str]
    remarks: dict[str, str]
    headings: dict[str, str]
    between: dict[str, str]
    ordinals: tuple[str, ...]
    measures: dict[Measure, str]
    kinds: dict[Intent, str]
    asks: dict[Intent, str]
    smalltalk: dict[str, str]
    declines: dict[str, str]
    safety: dict[str, tuple[str, ...]]
    languages: dict[str, Abroad]  # by ISO 639-1


@dataclass(frozen=True, slots=True)
class PhraseRules:
    """A file of phrase rules; the order is the priority. words: what stands for <name> in patterns, and in words."""

    __pydantic_config__ = STRICT

    rules: tuple[PhraseRule, ...]
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as people write them, and whose safety is at stake in it: client (anybody spoken of), writer, none."""

    __pydantic_config__ = STRICT

    says: str
    who: str


@dataclass(frozen=True, slots=True)
class Messages:
    """A file under messages/."""

    __pydantic_config__ = STRICT

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A line that people in danger can call: what it is for (suicide, domestic, child), and a page that states it."""

    __pydantic_config__ = STRICT

    purpose: str
    number: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Region:
    """Whom to call in a region. main: it is shown where the reader's region is not known."""

    __pydantic_config__ = STRICT

    id: str
    name: str
    emergency: tuple[str, ...]
    lines: tuple[HelpLine, ...]
    main: bool = False


@dataclass(frozen=True, slots=True)
class Regions:
    """regions.yaml. checked: the day on which its numbers were last compared with their sources."""

    __pydantic_config__ = STRICT

    checked: date
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What the law asks of decision support that is no device, and how it is met."""

    __pydantic_config__ = STRICT

    asks: str
    met: str


@dataclass(frozen=True, slots=True)
class About:
    """about.yaml: what the tool is for and what it is not."""

    __pydantic_config__ = STRICT

    intended_use: str
    users: tuple[str, ...]
    is_not: tuple[str, ...]
    how_it_works: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule file of the engine, but for the messages that are learned from."""

    safety: tuple[PhraseRule, ...]
    scopes: tuple[PhraseRule, ...]
    smalltalk: tuple[PhraseRule, ...]
    intents: tuple[PhraseRule, ...]
    measures: tuple[PhraseRule, ...]
    privacy: tuple[PhraseRule, ...]
    declines: tuple[PhraseRule, ...]
    dialogue: dict[str, PhraseRule]  # by id
    cutoffs: Cutoffs
    responses: Responses
    regions: Regions
    about: About


def spelt_out(rule: PhraseRule, words: dict[str, str]) -> PhraseRule:
    """A rule in whose patterns every <name> is what it stands for. Raises RuleError for a name that is not there."""

    def put_in(pattern: str) -> str:
        while found := NAMED.search(pattern):
            if found[1] not in words:
                raise RuleError(f"rule '{rule.id}': no words for <{found[1]}>")
            pattern = pattern.replace(found[0], words[found[1]])
        return pattern

    return replace(rule, any=tuple(map(put_in, rule.any)), unless=tuple(map(put_in, rule.unless)))


def rule_sums(folder: Path = FOLDER) -> dict[str, str]:
    """Every file of rules, wording and what was learned from them, with its SHA-256."""
    paths = sorted(path for pattern in ("**/*.yaml", "learned/*") for path in folder.glob(pattern))
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@cache
def read_rules(folder: Path = FOLDER) -> Rules:
    """Read every rule file. Raises RuleError naming file and key of every fault."""
    names = ("safety", "scopes", "smalltalk", "intents", "measures", "privacy", "declines", "dialogue")
    files = {name: read_yaml(folder / f"{name}.yaml", PhraseRules, RuleError) for name in names}
    phrase = {name: tuple(spelt_out(rule, file.words) for rule in file.rules) for name, file in files.items()}
    faults = [
        f"{name}: rule '{rule.id}': {fault}"
        for name, rules in phrase.items()
        for rule in rules
        for fault in faults_of(rule)
    ]
    if faults:
        raise RuleError("; ".join(faults))
    dialogue = {rule.id: rule for rule in phrase.pop("dialogue")}
    return Rules(
        **phrase,
        dialogue=dialogue,
        cutoffs=read_yaml(folder / "retrieval.yaml", Cutoffs, RuleError),
        responses=read_yaml(folder / "responses.yaml", Responses, RuleError),
        regions=read_yaml(folder / "regions.yaml", Regions, RuleError),
        about=read_yaml(folder / "about.yaml", About, RuleError),
    )


def read_messages(folder: Path = FOLDER) -> tuple[Message, ...]:
    """The examples from which it is learned when someone's safety is at stake. Raises RuleError."""
    paths = sorted((folder / "messages").glob("*.yaml"))
    return tuple(message for path in paths for message in read_yaml(path, Messages, RuleError).messages)
