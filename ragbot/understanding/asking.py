"""What kind of question an utterance is: its intent, the measures asked for, what it denies and what it claims."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ragbot.phrases import places, see
from ragbot.rules import Rules
from ragbot.types import Intent, Measure, PhraseRule, Seen, Span
from ragbot.understanding.sentences import SENTENCE
from ragbot.understanding.utterance import Utterance
from ragbot.words import STOP, WORD

ALONE = 6  # a question word's worth: an utterance of fewer content words without a rule is a keyword query
LONG = 12  # words; what is longer and asks nothing is told
JOINT = " ,;:.-"  # what may stand between two questions
SAYS = 2  # a part of at most so many words ("Hello.") neither asks nor tells


@dataclass(frozen=True, slots=True)
class Asked:
    """The kind of question, and the places that show it.

    kind: the rule of the intent. figures: of the measures. denied: states that a telling denies. claimed: where a
    claim is put into the source's mouth, and where agreement is asked. attributed: whose word is asked for.
    aims: where limits are what is asked for, how two things differ in kind, or what is said of something.
    """

    intent: Intent
    measures: tuple[Measure, ...] = ()
    kind: tuple[Seen, ...] = ()
    figures: tuple[Seen, ...] = ()
    denied: tuple[Seen, ...] = ()
    claimed: tuple[Seen, ...] = ()
    attributed: tuple[Seen, ...] = ()
    aims: tuple[Seen, ...] = ()

    @property
    def names_nothing(self) -> tuple[Seen, ...]:
        """Places whose words name no topic: a measure, whose word is asked for, and what is denied."""
        return (*self.figures, *self.denied, *self.attributed, *self.claimed)


class Asking:
    """Tells what asks from what tells, and what is asked for, by rule."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def read(self, said: Utterance, later: bool) -> Asked:
        """What is asked; `later`: the utterance is not the first of its conversation.

        In a telling, only what is asked outright counts, so that "more than" in a story is no comparison. A correction
        of a later turn tells nothing.
        """
        text = said.plain
        telling = self.is_telling(text) and not (later and said.shows("corrects"))
        asked = self.only_questions(text) if telling else text
        figures = tuple(found for rule in self.rules.measures if (found := see(rule, asked)))
        kind = first(self.rules.intents, asked)
        measures = tuple(Measure(found.what) for found in figures)
        intent = Intent(kind.what) if kind else Intent.FINDING
        if measures and intent in (Intent.FINDING, Intent.DEFINITION, Intent.HOWTO):
            intent = Intent.FIGURE
        content = sum(word not in STOP for word in WORD.findall(text))
        silent = not (kind or measures or content < ALONE or self.asks(text))
        if intent is Intent.FINDING and (telling or silent):
            intent = Intent.VIGNETTE
        claimed, limits = said.seen("claims", "tag"), said.seen("asks-limits")
        return Asked(
            intent=Intent.FINDING if len(claimed) == 2 and not measures else Intent.CAVEAT if limits else intent,
            measures=measures,
            kind=(kind,) if kind else (),
            figures=figures,
            denied=places(self.rules.dialogue["denied"], text) if intent is Intent.VIGNETTE else (),
            claimed=claimed if len(claimed) == 2 else (),
            attributed=said.seen("attributed"),
            aims=(*limits, *said.seen("tells-apart", "says-of")),
        )

    def asks(self, sentence: str) -> bool:
        """Whether a sentence asks: by its mark, or by its first word where people leave the mark out."""
        return sentence.rstrip().endswith("?") or see(self.rules.dialogue["asks"], sentence) is not None

    def only_questions(self, text: str) -> str:
        """The text with every sentence that asks nothing blanked out; offsets stay."""
        return SENTENCE.sub(lambda m: m.group() if self.asks(m.group()) else " " * len(m.group()), text)

    def is_telling(self, text: str) -> bool:
        """Whether an utterance tells what happened rather than asks.

        The writer is in it and not every sentence asks, or it is long, asks nothing and has somebody in it.
        """
        parts = [part for part in SENTENCE.findall(text) if len(part.split()) > SAYS]
        asking = sum(map(self.asks, parts))
        if see(self.rules.dialogue["writer"], text):
            return len(parts) > asking
        return not asking and len(text.split()) > LONG and see(self.rules.dialogue["someone"], text) is not None

    def questions(self, text: str) -> list[Span]:
        """Where plain text asks several questions, in order; none where it asks one, or tells.

        What asks nothing belongs to the question after it, at the end to the one before.
        """
        found, start = [], 0
        for sentence in [] if self.is_telling(text) else SENTENCE.finditer(text):
            joints = [
                sentence.start() + seen.span.start for seen in places(self.rules.dialogue["asks-too"], sentence.group())
            ]
            for begin, end in pairwise([sentence.start(), *joints, sentence.end()]):
                part = text[begin:end].lstrip(JOINT)
                halves = sentence.group().rstrip().endswith("?") and end != sentence.end()
                within = halves and see(self.rules.dialogue["asks-within"], part)
                asks = (within or self.asks(part)) and not see(self.rules.dialogue["orders"], part)
                if asks and len(text[start:end].split()) > SAYS:
                    found.append(Span(start, end))
                    start = end
        if len(found) < 2:
            return []
        return [*found[:-1], Span(found[-1].start, len(text))]


def first(rules: tuple[PhraseRule, ...], text: str, whole: bool = False) -> Seen | None:
    """The first rule that fires."""
    return next((found for rule in rules if (found := see(rule, text, whole))), None)
