"""Which limits belong to an answer: the pack's caveats bound by rule, and what the source is known not to give."""

from __future__ import annotations

from collections.abc import Sequence

from ragbot.composition.composer import Composer
from ragbot.composition.figures import Answer
from ragbot.composition.leads import on_works
from ragbot.evidence import holds, quotes_of
from ragbot.index import Index
from ragbot.phrases import see
from ragbot.rules import Cutoffs
from ragbot.types import (
    SITUATIONS,
    CaveatRule,
    Evidence,
    GapScore,
    Intent,
    Measure,
    Query,
    Remark,
    Statement,
    numbers_in,
)
from ragbot.words import plain

ONE = (Intent.FINDING, Intent.RECOMMENDATION)  # kinds of question whose answer has one caveat; others have two
MOST = 2  # caveats of a reply: more are not read
MOST_ASKED = 3  # where they are what is asked for
STATED = (Intent.FIGURE, Intent.FINDING)  # kinds of answer whose caveats count as limits of a topic
CAVEAT = "caveat"  # what the rule of a statement that is one begins with
NEAR = 2  # a caveat of a topic counts for the first two topics
BARE = (Intent.DEFINITION, Intent.HISTORY, Intent.CAVEAT, Intent.REFERENCE, Intent.LIST)  # state no effect


def applies(rule: CaveatRule, query: Query, spoken: Sequence[str]) -> bool:
    """Whether a caveat belongs to an answer of this kind that speaks of these topics: not where all are exempt."""
    topics = [score.topic for score in query.topics[:NEAR]]
    about = [topic for topic in topics if topic in spoken] if query.intent in SITUATIONS else topics
    if query.intent not in rule.claims or (rule.topics and not set(rule.topics) & set(about)):
        return False
    return not set(spoken or topics) <= set(rule.exempt)


def choose_caveats(
    index: Index, query: Query, answer: Answer, quoted: Sequence[Evidence], most: int
) -> tuple[Statement, ...]:
    """The caveats that belong: first the topic's own, then one that holds for any answer of this kind.

    None whose quotes would make it more than `most` words that are quoted, nor for an answer that states no effect:
    a definition, a piece of history, how two things differ in kind, a work, a limit itself.
    """
    bare = answer.leads and all(set(lead.answers) <= set(BARE) for lead in answer.leads)
    if not answer.lines and (query.intent in BARE or bare or query.saw("tells-apart")):
        return ()
    spoken = tuple(dict.fromkeys(lead.topics[0] for lead in answer.leads)) or query.about
    rules = [rule for pack in index.packs for rule in pack.caveats if applies(rule, query, spoken)]
    own = [rule for rule in rules if rule.topics]
    general = [rule for rule in rules if not rule.topics]
    chosen = (own[:1] + general[: 1 if query.intent in SITUATIONS else MOST])[: 1 if query.intent in ONE else MOST]
    return say_caveats(index, chosen, quoted, most)


def caveats_asked(index: Index, topics: Sequence[str], quoted: Sequence[Evidence], most: int) -> tuple[Statement, ...]:
    """The caveats of any figure or finding about these topics, where limits are what is asked for: their own first."""
    rules = [rule for pack in index.packs for rule in pack.caveats if set(STATED) & set(rule.claims)]
    rules = [rule for rule in rules if not set(rule.exempt) & set(topics)]
    own = [rule for rule in rules if set(rule.topics) & set(topics)]
    general = [rule for rule in rules if not rule.topics]
    return say_caveats(index, [*own, *general][:MOST_ASKED], quoted, most)


def say_caveats(
    index: Index, rules: Sequence[CaveatRule], quoted: Sequence[Evidence], most: int
) -> tuple[Statement, ...]:
    """Caveats with their quotes, as many as stay within `most` words that are quoted in all."""
    statements: list[Statement] = []
    for rule in rules:
        held = among(quoted, quotes_of(index, (index.by_id[i] for i in rule.passages), 0.0))
        quoted = tuple(dict.fromkeys((*quoted, *held)))
        if sum(item.length for item in quoted) > most:
            break
        statements.append(Statement(rule.say, held, f"{CAVEAT} {rule.id}"))
    return tuple(statements)


def is_caveat(part: Statement) -> bool:
    """Whether a limit is a caveat of the pack rather than a note of the table or a conflict of the source."""
    return part.rule.startswith(f"{CAVEAT} ")


def show_conflicts(composer: Composer, quoted: Sequence[Evidence]) -> tuple[Statement, ...]:
    """Where a quote is one side of a disagreement within the source: the other side, unresolved.

    A row is a side of what is said of it alone; of a range of the whole table only the text is.
    """
    index = composer.index
    statements = []
    for conflict in index.conflicts:
        sides = conflict.text if conflict.kind == "range" else (*conflict.text, *conflict.table)
        if not any(holds(item, index.by_id[side]) for item in quoted for side in sides):
            continue
        held = among(quoted, quotes_of(index, (index.by_id[i] for i in (*conflict.text, *conflict.table)), 0.0))
        between = composer.rules.responses.between
        words = {
            "label": conflict.label,
            "measure": conflict.measure.value,
            "said": between["text"].join(conflict.said),
            "printed": between["table"].join(conflict.printed),
        }
        name = f"conflict_{conflict.kind}"
        statements.append(Statement(composer.say("statements", name, **words), held, name))
    return tuple(statements)


def among(quoted: Sequence[Evidence], found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The quotes found, each as it is quoted already where another quote holds all of it."""
    return tuple(next((old for old in quoted if holds(old, new)), new) for new in found)


def asked_gap(query: Query, cut: Cutoffs) -> GapScore | None:
    """What the question asks for and the source is known not to give; None where a lead answers it.

    Either the learned weights are surer of the gap than of any lead, and its questions are as near, or they are clearly
    nearer and no lead stands by itself. A work asked for lacks nothing, a telling only what it comes very near to
    asking; a figure that a row gives lacks nothing unless the gap is met to the word, and more closely than any lead.
    """
    if query.intent is Intent.REFERENCE or not query.gaps:
        return None
    told = query.intent is Intent.VIGNETTE
    given = bool(query.measures or (query.read_as and query.intent is Intent.FIGURE))
    given = given and any(score.seen for score in query.topics)
    for gap in sorted(query.gaps, key=lambda score: (-score.sure, -score.near)):
        if gap.certain < cut.gap_certain or (told and min(gap.near, gap.certain) < cut.gap_told):
            continue
        surer = gap.sure > query.surest and gap.near >= max(cut.gap, query.nearest - cut.gap_margin)
        nearer = gap.near >= max(cut.gap_nearer, query.nearest + cut.gap_margin) and query.surest < cut.stands
        if (surer or nearer) and not (given and (query.read_as or gap.near < max(cut.lead_close, query.nearest))):
            return gap
    return None


def choose_gaps(composer: Composer, query: Query) -> tuple[str, ...]:
    """What the source is known not to give, beside an answer: what the question comes near to asking for.

    For a situation, else, the way of doing that the strongest topic lacks and that comes nearest, or is listed first.
    """
    cut = composer.rules.cutoffs
    near = [x.gap.lacks for x in query.gaps if x.near >= cut.gap_beside and x.certain >= cut.gap_certain]
    if near or query.intent not in SITUATIONS or not query.topics:
        return tuple(near[:1])
    own = [score for score in query.gaps if score.topic == query.topics[0].topic]
    ways = [score for score in own if see(composer.rules.dialogue["way-of-doing"], plain(score.gap.lacks))]
    order = [gap.lacks for _, gap in composer.index.gaps]
    ways.sort(key=lambda score: (-score.near if score.near >= cut.gap else 0.0, order.index(score.gap.lacks)))
    return tuple(score.gap.lacks for score in ways[:1])


def missing(composer: Composer, query: Query, answer: Answer) -> tuple[Remark, ...]:
    """What is asked for and the source gives nowhere: a figure or a definition of the topic, or what the pack lists.

    The pack's list counts where no lead answers almost to the word.
    """
    topic = composer.topics[query.topics[0].topic] if query.topics else None
    if lacking := anywhere(composer, query, answer):
        return (composer.remark("gap", gap=lacking),)
    if query.unknown:
        return (unknown(composer, query),)
    if topic and query.among:
        return (composer.remark("no_finding_among", topic=topic.name, among=query.among),)
    if is_unsure(composer, query):
        return (composer.remark("unsure"),)
    if topic is None or topic.general:
        return ()
    unnamed = not any(item.references for item in answer.evidence)
    if query.intent is Intent.REFERENCE and topic.rows and topic.id in query.about and unnamed:
        return (composer.remark("no_work", topic=topic.name),)
    if answer.lines:
        return ()
    if query.intent is Intent.DEFINITION and topic.id in query.about:
        defined = any(Intent.DEFINITION in x.answers for x in composer.leads.values() if topic.id in x.topics)
        return () if defined else (composer.remark("no_definition", topic=topic.name),)
    if query.intent is not Intent.FIGURE:
        return ()
    counts = bool(query.measures) and set(query.measures) <= {Measure.STUDIES, Measure.SAMPLE}
    said = " ".join(part.text for part in answer.openings)
    if any("." in number or counts for number in numbers_in(said)) or "%" in said:
        return ()
    return (composer.remark("no_figure", topic=topic.name),)


def is_unsure(composer: Composer, query: Query) -> bool:
    """Whether a topic is named and no lead is known to answer what is asked: none near, sure, or on a work named."""
    cut, settled = composer.rules.cutoffs, query.read_as or query.saw("claims") or query.saw("says-of")
    if query.intent is not Intent.FINDING or settled or not (query.about and query.leads):
        return False
    far = query.nearest < cut.lead_close and query.surest < cut.answer_unsure
    return far and not on_works(composer, query, query.leads)


def unknown(composer: Composer, query: Query) -> Remark:
    """That the source does not speak of what a question turns on."""
    return composer.remark("unknown", words=" or ".join(f"“{word}”" for word in query.unknown))


def anywhere(composer: Composer, query: Query, answer: Answer) -> str:
    """What the source gives of no topic and is asked for in so many words, or "".

    A lead that answers almost to the word gives it all the same, where it is asked that too.
    """
    if query.intent in (Intent.VIGNETTE, Intent.REFERENCE):
        return ""
    text = plain(query.text)
    close = answer.leads if query.nearest >= composer.rules.cutoffs.lead_close else ()
    asked = [plain(ask) for lead in close for ask in lead.asks]
    gaps = (gap for pack in composer.index.packs for gap in pack.anywhere)
    return next((gap.shows for gap in gaps if see(gap, text) and not any(see(gap, ask) for ask in asked)), "")
