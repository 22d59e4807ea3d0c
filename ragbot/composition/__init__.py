"""Query and Hits → Draft: what is said, in which order, resting on which quotes. By rule; nothing is written freely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragbot.composition.figures import Answer, compare_rows, figure_lines, rank_rows, rows_of
from ragbot.composition.limits import choose_caveats, choose_gaps
from ragbot.composition.works import find_works, with_works
from ragbot.evidence import quotes_of, select_evidence, with_items
from ragbot.index import Index
from ragbot.rules import Rules
from ragbot.types import (
    SITUATIONS,
    Draft,
    Evidence,
    Hit,
    Intent,
    Lead,
    Notice,
    Passage,
    PassageKind,
    Query,
    Remark,
    Statement,
    Status,
    Topic,
)
from ragbot.words import stems

LEADS = {Intent.DEFINITION: 1, Intent.VIGNETTE: 3, Intent.HOWTO: 3, Intent.FINDING: 2}  # how many leads open a reply
ENUMERATES = (Intent.LIST, Intent.RECOMMENDATION)  # kinds of question that a list in the source answers
ENOUGH = 3  # quotes of leads after which retrieval adds none


@dataclass(frozen=True, slots=True)
class Composer:
    """What composing needs: the index and its packs' knowledge, and the rules."""

    index: Index
    rules: Rules
    topics: dict[str, Topic]
    leads: dict[str, Lead]

    @property
    def noun(self) -> str:
        return self.index.packs[0].noun if len(self.index.packs) == 1 else "text"

    def say(self, group: str, name: str, **words: str) -> str:
        """A sentence of responses.yaml, its blanks filled."""
        return str(getattr(self.rules.responses, group)[name].format(noun=self.noun, **words))

    def remark(self, name: str, **words: str) -> Remark:
        return Remark(self.say("remarks", name, **words), name)


def make_composer(index: Index, rules: Rules) -> Composer:
    """A composer for an index."""
    topics = {topic.id: topic for pack in index.packs for topic in pack.topics}
    leads = {lead.id: lead for pack in index.packs for lead in pack.leads}
    return Composer(index, rules, topics, leads)


def compose_reply(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """The reply to a query. Saying that the source does not answer is a reply too."""
    if query.safety:
        draft = compose_safety(composer, query, hits)
    elif query.smalltalk:
        draft = compose_smalltalk(composer, query)
    else:
        draft = compose_content(composer, query, hits)
    if query.notices:
        text = " ".join(composer.rules.responses.safety["privacy"])
        draft = replace(
            draft,
            notices=(*draft.notices, Notice("privacy", text)),
            openings=(*draft.openings, Remark(text, "privacy")),
        )
    return replace(draft, read_as=query.read_as)


def compose_smalltalk(composer: Composer, query: Query) -> Draft:
    """A short, honest answer to talk that is no question to the source."""
    assert query.smalltalk
    titles = "; ".join(document.title for document in composer.index.documents.values())
    text = composer.say("smalltalk", query.smalltalk.what, titles=titles)
    return Draft(
        Status.SMALLTALK,
        Intent.SMALLTALK,
        openings=(Remark(text, query.smalltalk.rule),),
        suggestions=openers(composer),
    )


def openers(composer: Composer) -> tuple[str, ...]:
    """Questions to begin with: of the first topics that have a row of their own."""
    topics = [topic for topic in composer.topics.values() if len(topic.rows) == 1][:2]
    return tuple(f"How strong is the evidence on {topic.name}?" for topic in topics)


def compose_safety(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """Safety first, in calm words; a question of content in the same message is answered after it."""
    assert query.safety
    said = composer.rules.responses.safety[query.safety.what]
    remarks = tuple(Remark(text, query.safety.rule) for text in said)
    draft = Draft(Status.SAFETY, query.intent, openings=remarks, notices=(Notice("safety", " ".join(said)),))
    rest = compose_content(composer, query, hits) if query.safety.what == "client" else draft
    if rest.status is not Status.ANSWERED:
        return draft
    after = Remark(composer.rules.responses.safety["after"][0].format(noun=composer.noun), "safety-after")
    return replace(
        rest, status=Status.SAFETY, openings=(*remarks, after, *rest.openings), notices=draft.notices, reflection=()
    )


def is_answered(composer: Composer, query: Query, hits: Sequence[Hit]) -> bool:
    """Whether the source speaks to this at all: by a lead, or by a passage that is near in meaning and score."""
    cut = composer.rules.cutoffs
    if query.leads:
        return True
    return any(hit.score >= cut.answer and hit.dense >= cut.answer_dense for hit in hits[:1])


def compose_content(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """The answer to a question of content, or that there is none."""
    if not any(char.isalpha() for char in query.text) or len(query.text.strip()) < 2:
        return Draft(
            Status.CLARIFY, query.intent, openings=(composer.remark("clarify"),), suggestions=openers(composer)
        )
    works = find_works(composer.index, query, composer.say) if query.intent is Intent.REFERENCE else None
    if not works and not is_answered(composer, query, hits):
        return compose_not_covered(composer, query)
    answer = works or with_leads(composer, query, answer_from_rows(composer, query) or Answer())
    if query.intent is Intent.REFERENCE and not works:
        answer = with_works(composer.index, answer, composer.say)
    taken = answer.evidence
    wanted = composer.rules.cutoffs.quotes - len(taken) if len(taken) < ENOUGH else 0
    more = select_evidence(composer.index, hits, taken, wanted, composer.rules.cutoffs.quote_share)
    openings = answer.openings
    if not openings and not answer.lines:
        openings = (Statement(composer.say("statements", "extract"), more[:1], "extract"),)
    shown = tuple(item for item in (*taken, *more) if item.kind is not PassageKind.TABLE_ROW)
    topics = tuple(score.topic for score in query.topics)
    caveats = choose_caveats(composer.index, query, (*taken, *more)) if not works else ()
    return Draft(
        status=Status.ANSWERED,
        intent=query.intent,
        topics=topics,
        openings=openings,
        quotes=shown,
        lines=answer.lines,
        figures=answer.figures,
        caveats=(*answer.notes, *caveats),
        gaps=tuple(composer.remark("gap", gap=gap) for gap in choose_gaps(composer.topics, query)),
        reflection=prompts(composer, query),
        suggestions=follow_ups(composer, query),
    )


def compose_not_covered(composer: Composer, query: Query) -> Draft:
    """That the source does not answer, and the nearest it comes."""
    names = [composer.topics[score.topic].name for score in query.topics[:2]]
    nearest = (composer.remark("nearest", topics=" or ".join(names)),) if names else ()
    missing = composer.remark("not_covered")
    return Draft(
        Status.NOT_COVERED,
        query.intent,
        topics=tuple(score.topic for score in query.topics),
        openings=(missing, *nearest),
        suggestions=follow_ups(composer, query) if names else openers(composer),
    )


def answer_from_rows(composer: Composer, query: Query) -> Answer | None:
    """The answer that a table gives: a ranking, a comparison, the figures of a row; also of what is to be done."""
    close = max((score.near for score in query.leads), default=0.0) >= composer.rules.cutoffs.lead_close
    if query.intent is Intent.RANKING:
        return rank_rows(composer.index, composer.topics, query, composer.say, certain=not close)
    if query.intent is Intent.COMPARISON:
        return compare_rows(composer.index, composer.topics, query, composer.say)
    if query.intent is Intent.FIGURE:
        return figure_lines(composer.index, rows_of(composer.index, composer.topics, query), composer.say)
    if query.intent is Intent.HOWTO and query.topics and query.topics[0].seen:
        return figure_lines(composer.index, rows_of(composer.index, composer.topics, query, 1), composer.say)
    return None


def with_leads(composer: Composer, query: Query, answer: Answer) -> Answer:
    """The answer with the leads that open it, each resting on its own quotes."""
    chosen = () if answer.complete else choose_leads(composer, query)
    passages = [composer.index.by_id[i] for lead in chosen for i in lead.passages]
    pool = quotes_of(composer.index, passages, 1.0)
    if query.intent in ENUMERATES:
        pool = with_items(composer.index, pool)
    evidence = list(answer.evidence)
    statements = []
    for lead in chosen:
        held = tuple(item for item in pool if any(holds(item, composer.index.by_id[i]) for i in lead.passages))
        if answer.lines and set(held) <= set(evidence):
            continue  # the lines say it already
        evidence += [item for item in held if item not in evidence]
        statements.append(Statement(lead.say, held, f"lead {lead.id}"))
    evidence += [item for item in pool if item not in evidence and item.kind is PassageKind.LIST_ITEM]
    said = [part for part in answer.openings if not any(set(part.evidence) <= set(s.evidence) for s in statements)]
    return replace(answer, openings=(*said, *statements), evidence=tuple(evidence))


def choose_leads(composer: Composer, query: Query) -> tuple[Lead, ...]:
    """The leads that open a reply, no two on the same passages.

    Those written for this kind of question come before others; one that fits almost to the word comes first of all.
    """
    cut = composer.rules.cutoffs
    meant = [score for score in query.leads if query.intent in composer.leads[score.lead].answers]
    ranked = meant if meant and query.intent in SITUATIONS else list(query.leads)
    closest = max(query.leads, key=lambda score: score.near, default=None)
    if closest and closest.near >= cut.lead_close:
        ranked = [closest, *(score for score in ranked if score != closest)]
    chosen: list[Lead] = []
    best = max((score.score for score in ranked[1:2] or ranked), default=0.0)
    for score in ranked:
        lead = composer.leads[score.lead]
        if len(chosen) == LEADS.get(query.intent, 1) or (chosen and score.score < cut.second_lead * best):
            break
        if all(set(lead.passages) - set(other.passages) for other in chosen):
            chosen.append(lead)
    return tuple(chosen)


def holds(item: Evidence, passage: Passage) -> bool:
    """Whether a quote contains a passage."""
    return item.document == passage.document and all(
        any(a <= start and end <= b for a, b in item.spans) for start, end in passage.spans
    )


def prompts(composer: Composer, query: Query) -> tuple[Remark, ...]:
    """One or two questions for the clinician's own reflection, of the strongest topics."""
    if query.intent not in SITUATIONS:
        return ()
    topics = [composer.topics[score.topic] for score in query.topics[:2]]
    return tuple(Remark(topic.prompts[0], f"prompt of {topic.id}") for topic in topics if topic.prompts)


def follow_ups(composer: Composer, query: Query) -> tuple[str, ...]:
    """What could be asked next, other than what was asked."""
    asked = set(stems(query.text, stop=True))
    names = [composer.topics[score.topic].name for score in query.topics[:1]]
    templates = composer.rules.responses.follow_ups.get(query.intent, ())
    filled = [t.format(topic="".join(names), noun=composer.noun) for t in templates if names or "{topic}" not in t]
    return tuple(text for text in filled if not set(stems(text, stop=True)) <= asked)
