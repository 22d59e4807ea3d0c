"""Which leads open a reply, the quotes they rest on, and what can be asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragbot.composition.composer import Composer
from ragbot.composition.figures import Answer, row_label
from ragbot.composition.works import dated_entries
from ragbot.evidence import holds, quotes_of, with_items
from ragbot.types import SITUATIONS, Intent, Lead, LeadScore, PassageKind, Query, Statement, numbers_in
from ragbot.words import plain

LEADS = {
    Intent.DEFINITION: 1,
    Intent.VIGNETTE: 3,
    Intent.HOWTO: 3,
    Intent.FINDING: 2,
}  # how many open a reply; else one
CITING = 12  # leads among which those that cite a work are looked for
MAIN_TOPICS = 3  # a further lead is about one of the first three topics
ENUMERATES = (Intent.LIST, Intent.RECOMMENDATION)  # kinds of question that a list in the source answers
OF_ITS_OWN = (
    Intent.FIGURE,
    Intent.DEFINITION,
    Intent.REFERENCE,
)  # kinds of question that a lead on another topic does not answer
FOLLOW_UPS = 2  # questions offered at the end


def with_leads(composer: Composer, query: Query, answer: Answer) -> Answer:
    """The answer with the leads that open it."""
    return say_leads(
        composer, query, answer, () if answer.complete else choose_leads(composer, query, bool(answer.lines))
    )


def say_leads(composer: Composer, query: Query, answer: Answer, chosen: Sequence[Lead]) -> Answer:
    """The answer opened with these leads, each resting on its own quotes."""
    passages = [composer.index.by_id[i] for lead in chosen for i in lead.passages]
    pool = quotes_of(composer.index, passages, 1.0)
    if query.intent in ENUMERATES:
        pool = with_items(composer.index, pool)
    evidence = list(answer.evidence)
    known = numbers_in(" ".join(line.text for line in answer.lines))
    statements = []
    for lead in chosen:
        held = tuple(item for item in pool if any(holds(item, composer.index.by_id[i]) for i in lead.passages))
        lined = answer.lines and numbers_in(lead.say) <= known and any(item in evidence for item in held)
        shown = query.intent not in SITUATIONS and set(held) <= set(evidence)
        if answer.lines and (shown or (lined and numbers_in(lead.say))):
            evidence += [item for item in held if item not in evidence]
            continue  # the lines say it already
        evidence += [item for item in held if item not in evidence]
        statements.append(Statement(lead.say, held, f"lead {lead.id}"))
    evidence += [item for item in pool if item not in evidence and item.kind is PassageKind.LIST_ITEM]
    said = [part for part in answer.openings if not any(set(part.evidence) <= set(s.evidence) for s in statements)]
    return replace(answer, openings=(*said, *statements), evidence=tuple(evidence), leads=tuple(chosen))


def choose_leads(composer: Composer, query: Query, from_rows: bool) -> tuple[Lead, ...]:
    """The leads that open a reply, no two on the same passages.

    One that fits almost to the word, and is not much less sure than another, comes first. Of a work asked for, those
    that rest on words that cite one. Beside figures `from_rows`, only those of this kind are used.
    """
    cut = composer.rules.cutoffs
    if query.intent is Intent.VIGNETTE:
        return choose_for_telling(composer, query)
    if apart := told_apart(composer, query):
        return apart
    meant = [score for score in query.leads if query.intent in composer.leads[score.lead].answers]
    sets_apart = query.intent is Intent.COMPARISON  # any lead on both that are compared says more than their figures
    ranked = meant if from_rows and not sets_apart else list(query.leads)
    if query.intent is Intent.REFERENCE:
        ranked = citing(composer, query) or ranked
    ranked = on_works(composer, query, ranked) or on_named(composer, query, ranked)
    if query.intent in OF_ITS_OWN and query.about:  # what is so of something else answers nothing
        own = [score for score in ranked if set(query.about) & set(composer.leads[score.lead].topics)]
        asked = [score for score in ranked if query.intent is Intent.REFERENCE and score.near >= cut.lead_close]
        ranked = own or asked
    certain = [score for score in meant if score.sure >= cut.stands]
    among = certain or ranked if query.intent is Intent.REFERENCE else ranked if from_rows else query.leads
    closest = max(among, key=lambda score: score.near, default=None)
    if closest and closest.near >= cut.lead_close and closest.sure >= query.surest / 2:
        ranked = [closest, *(score for score in ranked if score != closest)]
    if from_rows and query.intent is Intent.COMPARISON:
        ranked = [score for score in ranked if compares_these(composer, query, composer.leads[score.lead])]
    most = LEADS.get(query.intent, 1)
    most = (most + 1) // 2 if query.partly else most
    chosen: list[Lead] = []
    main = {score.topic for score in query.topics[:MAIN_TOPICS]}
    best = max((score.score for score in ranked[1:2] or ranked), default=0.0)
    for score in ranked:
        lead = composer.leads[score.lead]
        if len(chosen) == most or (chosen and score.score < cut.second_lead * best):
            break
        if not chosen or (lead.topics[0] in main and all(set(lead.passages) - set(x.passages) for x in chosen)):
            chosen.append(lead)
    return tuple(chosen)


def told_apart(composer: Composer, query: Query) -> tuple[Lead, ...]:
    """What each of two things is, where a question asks how they differ in kind; none where one lead says both."""
    two = [topic for topic in query.about if not composer.topics[topic].general][:2]
    if len(two) < 2 or not query.saw("tells-apart"):
        return ()
    ranked = sorted(query.leads, key=lambda score: -score.near)
    every = dict.fromkeys([*(composer.leads[score.lead] for score in ranked), *composer.leads.values()])
    defines = [lead for lead in every if Intent.DEFINITION in lead.answers and lead.topics[0] in two]
    found = [next((lead for lead in defines if lead.topics[0] == topic), None) for topic in two]
    if not all(found) or set(two) <= set(defines[0].topics):
        return ()
    return tuple(lead for lead in found if lead)


def compares_these(composer: Composer, query: Query, lead: Lead) -> bool:
    """Whether a lead speaks of two topics in question and of no other row: else it compares something else."""
    if len(set(lead.topics) & set(query.about)) < 2:
        return False
    labels = {plain(label) for topic in query.about for label in composer.topics[topic].rows}
    return all(row_label(composer.index.by_id[i]) in (None, *labels) for i in lead.passages)


def on_named(composer: Composer, query: Query, ranked: Sequence[LeadScore]) -> list[LeadScore]:
    """The leads about what is named first, where a claim is put into the source's mouth, or what it says is asked."""
    if not (query.saw("claims") or query.saw("says-of")):
        return list(ranked)
    topics = composer.topics
    named = {score.topic for score in query.topics if score.seen}
    named = {topic for topic in named if topics[topic].general} or named  # what is claimed of it
    first = [score for score in ranked if named & set(composer.leads[score.lead].topics)]
    return [*first, *(score for score in ranked if score not in first)]


def on_works(composer: Composer, query: Query, ranked: Sequence[LeadScore]) -> list[LeadScore]:
    """The leads that rest on words that cite a work the question names by author and year; best first."""
    index, found = composer.index, []
    for document in index.documents.values():
        entries = set(dated_entries(document, query.text))
        marks = [c.span.start for c in document.citations if entries & set(c.entries)]
        for score in ranked:
            held = [index.by_id[i] for i in composer.leads[score.lead].passages]
            if any(p.document == document.id and any(a <= m < b for a, b in p.spans) for p in held for m in marks):
                found.append(score)
    return found


def citing(composer: Composer, query: Query) -> list[LeadScore]:
    """The leads whose passages cite works, those mainly about what the question names first; best first."""
    index = composer.index

    def cites(score: LeadScore) -> bool:
        found = quotes_of(index, (index.by_id[i] for i in composer.leads[score.lead].passages), 0.0)
        return any(item.references for item in found)

    found = [score for score in query.leads[:CITING] if cites(score)]
    return sorted(found, key=lambda score: composer.leads[score.lead].topics[0] not in query.about)


def choose_for_telling(composer: Composer, query: Query) -> tuple[Lead, ...]:
    """The leads for what is told: the best of each topic said back or near the first; two where it is about one.

    What a situation is called comes before what is best said of it.
    """
    cut = composer.rules.cutoffs
    near = min(cut.topic_beside * query.topics[0].score, cut.heard) if query.topics else 0.0
    sure = [x.topic for x in query.topics[:MAIN_TOPICS] if x.score >= near]
    chosen: list[Lead] = []
    for topic in [*sure, *sure[:1]][: max(len(sure), 2)]:
        own = [composer.leads[score.lead] for score in query.leads if composer.leads[score.lead].topics[0] == topic]
        ranked = [lead for lead in own if Intent.VIGNETTE in lead.answers] or own
        new = [x for x in ranked if x not in chosen and all(set(x.passages) - set(y.passages) for y in chosen)]
        naming = [x for x in new[1:] if x.names and topic == sure[0]]
        chosen += [*naming, *new[:1]]
    return tuple(chosen)


def openers(composer: Composer) -> tuple[str, ...]:
    """Questions to begin with: of the first topics that have a row of their own."""
    topics = [topic for topic in composer.topics.values() if len(topic.rows) == 1][:2]
    return tuple(composer.say("remarks", "strength", topic=topic.name) for topic in topics)


def follow_ups(composer: Composer, query: Query, said: Sequence[Lead] = ()) -> tuple[str, ...]:
    """What could be asked next: questions of the strongest topic's other leads, of kinds other than this one.

    Nothing that was said before in the conversation is offered.
    """
    main = query.topics[0].topic if query.topics else ""
    found: dict[Intent, str] = {}
    for lead in composer.leads.values():
        question = lead.asks[0]
        kind = next((kind for kind in lead.answers if kind not in SITUATIONS), None)
        fits = question.endswith("?") and not numbers_in(question)  # a number in it would stand in no quote
        new = lead not in said and lead.id not in query.said
        if lead.topics[0] == main and new and fits and kind not in (None, query.intent):
            found.setdefault(kind, question)
    return tuple(found.values())[:FOLLOW_UPS]
