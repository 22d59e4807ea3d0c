"""The engine's rule files → records: intents, safety, weights, wording. Of dialogue, never of a subject."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ragbot.errors import RuleError
from ragbot.records import read_yaml
from ragbot.types import STRICT, Intent, Measure, PhraseRule, faults_of

FOLDER = Path(__file__).parent / "rules"


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
    answer: float
    answer_dense: float
    answer_near: float
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
    safety: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PhraseRules:
    """A file of phrase rules; the order is the priority."""

    __pydantic_config__ = STRICT

    rules: tuple[PhraseRule, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule file of the engine."""

    safety: tuple[PhraseRule, ...]
    smalltalk: tuple[PhraseRule, ...]
    intents: tuple[PhraseRule, ...]
    measures: tuple[PhraseRule, ...]
    privacy: tuple[PhraseRule, ...]
    dialogue: dict[str, PhraseRule]  # by id
    cutoffs: Cutoffs
    responses: Responses


@cache
def read_rules(folder: Path = FOLDER) -> Rules:
    """Read every rule file. Raises RuleError naming file and key of every fault."""
    phrase = {
        name: read_yaml(folder / f"{name}.yaml", PhraseRules, RuleError).rules
        for name in ("safety", "smalltalk", "intents", "measures", "privacy", "dialogue")
    }
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
    )
