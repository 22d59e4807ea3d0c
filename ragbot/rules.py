"""The engine's rule files → records: intents, safety, weights, wording. Of dialogue, never of a subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ragbot.errors import RuleError
from ragbot.records import read_yaml
from ragbot.types import STRICT, Intent, Measure, Seen, Span

FOLDER = Path(__file__).parent / "rules"


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """What phrases show, with examples that it must and must not see. Patterns match plain lower-case text."""

    __pydantic_config__ = STRICT

    id: str
    any: tuple[str, ...]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]
    shows: str = ""  # an intent, a measure, or the name of an answer in responses.yaml
    unless: tuple[str, ...] = ()

    def see(self, text: str, whole: bool = False) -> Seen | None:
        """The first place in plain text where the rule fires, or None; with `whole`, only all of it.

        A match that overlaps one of `unless` does not count; others in the same text do.
        """
        barred = [match.span() for rule in self.unless for match in pattern(rule).finditer(text)]
        for rule in self.any:
            matches = filter(None, [pattern(rule).fullmatch(text)]) if whole else pattern(rule).finditer(text)
            for match in matches:
                if not any(start < match.end() and match.start() < end for start, end in barred):
                    return Seen(self.shows, Span(*match.span()), self.id)
        return None


@cache
def pattern(rule: str) -> re.Pattern[str]:
    """A rule's pattern, with word borders at its words; a space that is not optional stands for any white space."""
    spaced = re.sub(r" (?![?*+{])", r"\\s+", rule)
    return re.compile(rf"(?:(?<!\w)|(?=\W))(?:{spaced})(?!\w)")


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
    gap_sure: float
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
    core: int
    quoted_words: int
    quoted_most: int
    carry_words: int
    stands: float
    described: float
    elsewhere: float
    elsewhere_sure: float


@dataclass(frozen=True, slots=True)
class Responses:
    """responses.yaml: every sentence of the engine's own."""

    __pydantic_config__ = STRICT

    statements: dict[str, str]
    remarks: dict[str, str]
    headings: dict[str, str]
    between: dict[str, str]
    measures: dict[Measure, str]
    kinds: dict[Intent, str]
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


def faults_of(rule: PhraseRule) -> list[str]:
    """Patterns that are no regular expressions, and a rule without examples."""
    faults = [] if rule.examples and rule.counterexamples else ["needs examples and counterexamples"]
    for text in (*rule.any, *rule.unless):
        try:
            pattern(text)
        except re.error as error:
            faults.append(f"'{text}': {error}")
    return faults
