"""Question sets → scores: status, recall, precision, must, caveat, quotes, numbers; all but two make `passed`.

Gold is given as line numbers of the source; a quote's lines are those its spans touch.
"""

from __future__ import annotations

import bisect
import json
import math
import re
import statistics
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ragbot.errors import SourceError
from ragbot.types import Document, Reply, numbers_in

ANSWERED = ("answered", "partial")
Ask = Callable[[str, str | None], Reply]
RESAMPLED = 1000
MEASURES = ("passed", "status", "recall", "precision", "must", "caveat", "quotes", "numbers")


@dataclass(frozen=True, slots=True)
class Score:
    """A turn's scores, each 0 to 1; None where the turn has nothing to measure."""

    case: str
    kind: str
    turn: int
    ask: str
    reply: Reply
    passed: float
    status: float
    recall: float | None
    precision: float | None
    must: float
    caveat: float | None
    quotes: float
    numbers: float


class Lines:
    """The line numbers (from 1) that spans of a text touch, blank lines left out."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def of(self, spans: Iterable[tuple[int, int]]) -> set[int]:
        found: set[int] = set()
        for start, end in spans:
            found |= set(range(bisect.bisect_right(self.starts, start), bisect.bisect_right(self.starts, end - 1) + 1))
        return {n for n in found if self.text[self.starts[n - 1] :].split("\n", 1)[0].strip()}


def squeeze(text: str) -> str:
    return " ".join(text.split())


def stated_numbers(text: str) -> set[str]:
    """The decimals, and the numbers of three digits or more, that a text states outside its citations."""
    return {n for n in numbers_in(re.sub(r"\[\d+\]", " ", text)) if "." in n or len(n) > 2}


def wanted_of(turn: dict[str, Any]) -> set[str]:
    """The statuses that are right for a turn, of which a case may name one or several."""
    return {turn["status"]} if isinstance(turn["status"], str) else set(turn["status"])


def score_turn(case: dict[str, Any], number: int, reply: Reply, documents: dict[str, Document]) -> Score:
    """The scores of one reply."""
    turn = case["turns"][number - 1]
    gold, caveat = turn.get("gold") or [], turn.get("caveat") or []
    relevant = {line for group in gold + caveat for line in group} | set(turn.get("ok") or [])
    lines = {id: Lines(document.text) for id, document in documents.items()}
    touched = [lines[item.document].of(item.spans) for item in reply.evidence]
    cited = set().union(*touched)
    wanted = wanted_of(turn)
    held = " ".join(" ".join((item.quote, item.locator, *item.references)) for item in reply.evidence)
    held += " " + " ".join((turn["ask"], *(notice.text for notice in reply.notices)))
    recall = statistics.fmean(bool(cited & set(group)) for group in gold) if gold else None
    faithful = all(
        squeeze(documents[item.document].words(item.spans)) == squeeze(item.quote) for item in reply.evidence
    )
    must = all(re.search(p, reply.text, re.I | re.S) for p in turn.get("must") or [])
    must = must and not any(re.search(p, reply.text, re.I | re.S) for p in turn.get("must_not") or [])
    traced = stated_numbers(reply.text) <= numbers_in(held)
    right = reply.status in wanted
    return Score(
        case=case["id"],
        kind=case["kind"],
        turn=number,
        ask=turn["ask"],
        reply=reply,
        passed=float(right and recall in (None, 1.0) and must and faithful and traced),
        status=float(right),
        recall=recall,
        precision=statistics.fmean(bool(place & relevant) for place in touched) if gold and touched else None,
        must=float(must),
        caveat=float(all(cited & set(group) for group in caveat)) if caveat else None,
        quotes=float(faithful),
        numbers=float(traced),
    )


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a question set, one JSON object a line. Raises SourceError naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise SourceError(f"{path}: cannot be read as a question set ({cause})") from None
    cases = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            case["id"], case["kind"], [(turn["ask"], turn["status"]) for turn in case["turns"]]
            for turn in case["turns"]:
                turn["ask"].strip(), [set(group) for name in ("gold", "caveat") for group in turn.get(name) or []]
                [re.compile(pattern) for name in ("must", "must_not") for pattern in turn.get(name) or []]
        except re.error as cause:
            raise SourceError(f"{path}, line {number}: '{cause.pattern!s}' is no regular expression") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SourceError(f"{path}, line {number}: not a case (id, kind and turns with ask and status)") from None
        cases.append(case)
    return cases


def evaluate(cases: Sequence[dict[str, Any]], ask: Ask, documents: dict[str, Document]) -> list[Score]:
    """Ask every turn of every case, a conversation each, and score the replies."""
    scores = []
    for case in cases:
        conversation = None
        for number, turn in enumerate(case["turns"], 1):
            reply = ask(turn["ask"], conversation)
            conversation = reply.conversation_id
            scores.append(score_turn(case, number, reply, documents))
    return scores


def mean(scores: Sequence[Score], measure: str) -> float | None:
    """The mean of a measure over the scores that have it."""
    values = [value for score in scores if (value := getattr(score, measure)) is not None]
    return statistics.fmean(values) if values else None


def interval(scores: Sequence[Score], measure: str) -> tuple[float, float] | None:
    """The middle 95 % of a measure's mean over resampled cases (percentile bootstrap; the same for the same scores).

    Cases are drawn, not turns, since the turns of one conversation are not independent.
    """
    cases: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        if (value := getattr(score, measure)) is not None:
            cases[score.case].append(value)
    if not cases:
        return None
    sums = np.array([(sum(values), len(values)) for values in cases.values()], float)
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLED, len(sums)))
    total = sums[drawn].sum(axis=1)
    low, high = np.percentile(total[:, 0] / total[:, 1], (2.5, 97.5))
    return float(low), float(high)


def is_held_back(case: str) -> bool:
    """Whether a case belongs to the third that is reported apart, and not read while the rules are worked on.

    By its id alone (CRC-32), so that it stays so when cases are added.
    """
    return zlib.crc32(case.encode()) % 3 == 0


def table(scores: Sequence[Score]) -> str:
    """The means per kind and over all, with their intervals, and of the third of the cases held back; as text."""
    kinds: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        kinds[score.kind].append(score)
    parts = {"worked on": False, "held back": True}
    rows = [*sorted(kinds.items()), ("ALL", list(scores))]
    rows += [(name, [x for x in scores if is_held_back(x.case) is held]) for name, held in parts.items()]
    lines = [f"{'kind':12} {'turns':>5} " + " ".join(f"{measure:>9}" for measure in MEASURES)]
    for kind, group in rows:
        cells = (mean(group, measure) for measure in MEASURES)
        lines.append(
            f"{kind:12} {len(group):5d} " + " ".join(f"{'-' if c is None else format(c, '.3f'):>9}" for c in cells)
        )
    ranges = (interval(scores, measure) for measure in MEASURES)
    low = " ".join(f"{'-' if r is None else f'{r[0]:.2f}–{r[1]:.2f}':>9}" for r in ranges)
    return "\n".join([*lines, f"{'95 % of ALL':12} {'':5} {low}"])


class Abstention(NamedTuple):
    """Of questions answered from a cut-off on: their share of all (coverage), and of them that of those that the source
    does not answer (risk), both 0 to 1; selective prediction, El-Yaniv and Wiener, 2010."""

    cut: float
    coverage: float
    risk: float


def abstention(judged: Sequence[tuple[float, bool]], steps: int = 10) -> tuple[Abstention, ...]:
    """The curve of risk against coverage, from few questions answered to all.

    `judged`: of each question how surely the source is thought to answer it, and whether it does.
    """
    ranked = sorted(judged, reverse=True)
    found = []
    ends = [n for n in range(1, len(ranked)) if ranked[n][0] != ranked[n - 1][0]] + [len(ranked)]  # a tie is not cut
    wanted = (round(len(ranked) * step / steps) for step in range(1, steps + 1))
    for count in sorted({next(end for end in ends if end >= count) for count in wanted}):
        missed = sum(not covered for _, covered in ranked[:count])
        found.append(Abstention(ranked[count - 1][0], count / len(ranked), missed / count))
    return tuple(found)


def separation(judged: Sequence[tuple[float, bool]]) -> float:
    """The chance that a question that the source answers is ranked over one that it does not: the area under ROC."""
    yes = [score for score, covered in judged if covered]
    no = [score for score, covered in judged if not covered]
    pairs = [(a > b) + (a == b) / 2 for a in yes for b in no]
    return statistics.fmean(pairs) if pairs else math.nan


def judge(scores: Sequence[Score], cases: Sequence[dict[str, Any]]) -> list[tuple[Score, bool]]:
    """First questions that the source either answers, at least in part, or does not, and which of the two."""
    wanted = {case["id"]: wanted_of(case["turns"][0]) for case in cases}
    found = []
    for score in scores:
        may = wanted[score.case]
        if score.turn == 1 and may <= {*ANSWERED, "not_covered"} and ("not_covered" in may) != ("answered" in may):
            found.append((score, "not_covered" not in may))
    return found


def curve(scores: Sequence[Score], cases: Sequence[dict[str, Any]], support: Callable[[str], float]) -> str:
    """When it abstains, as text: the curve by `support` of a question, and where the replies themselves stand.

    To what the source does not answer a reply that says so of a part is no answer.
    """
    found = judge(scores, cases)
    if not found:
        return "no question of which the source surely does or does not answer it"
    judged = [(support(score.ask), covered) for score, covered in found]
    given = [(score.reply.status in ANSWERED[: 1 + covered], covered) for score, covered in found]
    answered = [covered for was, covered in given if was]
    kept = statistics.fmean([was for was, covered in given if covered] or [True])
    lines = [f"{'support from':>12} {'coverage':>9} {'risk':>9}"]
    lines += [f"{point.cut:12.2f} {point.coverage:9.2f} {point.risk:9.3f}" for point in abstention(judged)]
    own = f"{len(answered) / len(found):9.2f} {1 - statistics.fmean(answered or [True]):9.3f}"
    lines.append(f"{'the replies':>12} {own}   {1 - kept:.3f} of what the source answers is turned away")
    return "\n".join([*lines, f"separation by support {separation(judged):.3f} ({len(found)} questions)"])


def count_rules(turns: Iterable[Sequence[str]]) -> str:
    """How often each rule had a part in a reply, most often first, as text."""
    counts = Counter(rule for rules in turns for rule in rules)
    return "\n".join(f"{count:6d}  {rule}" for rule, count in sorted(counts.items(), key=lambda x: (-x[1], x[0])))
