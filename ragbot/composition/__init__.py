"""Query and Hits → Draft: what is said, in which order, resting on which quotes. By rule; nothing is written freely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragbot.composition.composer import Composer
from ragbot.composition.figures import (
    Answer,
    all_rows,
    claimed_figure,
    claimed_rank,
    claimed_rating,
    compare_rows,
    figure_lines,
    rank_rows,
    row_label,
    rows_by_topic,
    rows_of,
    with_rows,
)
from ragbot.composition.leads import MAIN_TOPICS, follow_ups, on_works, openers, say_leads, with_leads
from ragbot.composition.limits import (
    asked_gap,
    caveats_asked,
    choose_caveats,
    choose_gaps,
    missing,
    show_conflicts,
    unknown,
)
from ragbot.composition.reflection import (
    Told,
    Tried,
    compose_end,
    compose_feedback,
    compose_idle,
    compose_misread,
    compose_told,
)
from ragbot.composition.safety import safety_first, with_safety
from ragbot.composition.situations import heard, prompts
from ragbot.composition.subjects import about
from ragbot.composition.together import compose_together
from ragbot.composition.works import find_works, with_works
from ragbot.evidence import holds, select_evidence
from ragbot.phrases import without
from ragbot.types import (
    Draft,
    Evidence,
    GapScore,
    Hit,
    Intent,
    Notice,
    PassageKind,
    Query,
    Remark,
    Statement,
    Status,
)
from ragbot.words import plain, stems

__all__ = [
    "MAIN_TOPICS",
    "Composer",
    "Told",
    "Tried",
    "compose_end",
    "compose_feedback",
    "compose_idle",
    "compose_misread",
    "compose_reply",
    "compose_together",
    "compose_told",
    "with_privacy",
    "with_safety",
]

FROM_ROWS = (Intent.FIGURE, Intent.COMPARISON, Intent.RANKING)  # kinds of question that a row settles
FEW = 6  # words of a question that a line answers
MOST_BRIEF = 1  # limits said beside that line
SURE_ENOUGH = 0.15  # of a lead, from which being surer adds nothing
CLOSEST = 3  # hits among which one must be near for the source to speak of something


def compose_reply(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """The reply to a query. Saying that the source does not answer is a reply too."""
    if query.safety:
        draft = compose_safety(composer, query, hits)
    elif query.smalltalk:
        draft = compose_smalltalk(composer, query)
    elif query.language:
        draft = compose_abroad(composer, query)
    else:
        draft = with_decline(composer, query, hits) if query.declined else compose_content(composer, query, hits)
    draft = replace(with_privacy(composer, query, draft), read_as=query.read_as)
    return draft if read_so(composer, query, draft) else replace(draft, read_as=None)


def read_so(composer: Composer, query: Query, draft: Draft) -> bool:
    """Whether a reply answers as the question was read: not where it asks back, sums up, or speaks of another thing."""
    leads = [composer.leads[name] for name in draft.leads]
    own = not leads or draft.lines or any(set(query.about) & set(lead.topics) for lead in leads)
    return bool(own) and not query.covered and draft.status not in (Status.CLARIFY, Status.SAFETY)


def with_decline(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """That something is not the bot's to do; what the source has on the rest of the message, if anything, follows."""
    assert query.declined
    text = composer.say("declines", query.declined.what)
    rest = stems(without(query.text, [query.declined]), stop=True)
    own = (composer.remark("not_covered"),)
    nothing = Draft(Status.NOT_COVERED, query.intent, openings=own, suggestions=openers(composer))
    draft = compose_content(composer, query, hits) if rest else nothing
    return replace(
        draft,
        status=Status.PARTIAL if draft.status in (Status.ANSWERED, Status.PARTIAL) else Status.NOT_COVERED,
        openings=(Remark(text, query.declined.rule), *draft.openings),
        notices=(*draft.notices, Notice("scope", text)),
    )


def with_privacy(composer: Composer, query: Query, draft: Draft) -> Draft:
    """A draft with a reminder where the question may identify a person."""
    if not query.notices:
        return draft
    responses = composer.rules.responses
    text = " ".join(responses.languages[query.language].privacy if query.language else responses.safety["privacy"])
    return replace(
        draft,
        notices=(*draft.notices, Notice("privacy", text)),
        openings=(*draft.openings, Remark(text, "privacy")),
    )


def compose_abroad(composer: Composer, query: Query) -> Draft:
    """To a question in another language, in that language: that it is not answered; with questions that are."""
    text = composer.rules.responses.languages[query.language].only_english
    asks = follow_ups(composer, query) or openers(composer)
    return Draft(Status.CLARIFY, query.intent, openings=(Remark(text, "only-english"),), suggestions=asks)


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


def compose_safety(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """Safety first; a question of content in the same message is answered after it."""
    assert query.safety
    asks = query.safety.what == "client" and query.intent is not Intent.VIGNETTE
    rest = compose_content(composer, query, hits) if asks and not query.language else None
    if rest is None or rest.status is not Status.ANSWERED:
        return safety_first(composer, query)
    after = Remark(composer.rules.responses.safety["after"][0].format(noun=composer.noun), "safety-after")
    rest = replace(rest, openings=(after, *rest.openings), reflection=())
    return with_safety(composer, query, rest)


def is_answered(composer: Composer, query: Query, hits: Sequence[Hit]) -> bool:
    """Whether the source speaks to this at all: by a lead near enough, or by a passage near in meaning and score."""
    cut = composer.rules.cutoffs
    if query.read_as:
        return query.nearest >= cut.answer_carried
    least = {Intent.VIGNETTE: -1.0, Intent.HOWTO: cut.answer_howto}.get(query.intent, cut.answer_near)
    near = query.nearest + cut.answer_sure * min(query.surest, SURE_ENOUGH)
    if query.leads and query.intent is Intent.FIGURE and not query.about:
        return near >= cut.answer_figure
    if query.leads and near >= least:
        return True
    if any(score.seen and composer.topics[score.topic].rows for score in query.topics):
        return True
    close = hits[:CLOSEST]
    return any(x.dense >= cut.answer_alone or (x.score >= cut.answer and x.dense >= cut.answer_dense) for x in close)


def compose_content(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """The answer to a question of content, or that there is none."""
    if query.covered:
        return compose_summary(composer, query)
    if query.saw("sums-up"):
        nothing = (composer.remark("covered_nothing"),)
        return Draft(Status.SMALLTALK, Intent.SMALLTALK, openings=nothing, suggestions=openers(composer))
    if query.open_to:
        return compose_choices(composer, query)
    if not any(char.isalpha() for char in query.text) or len(query.text.strip()) < 2:
        return Draft(
            Status.CLARIFY, query.intent, openings=(composer.remark("clarify"),), suggestions=openers(composer)
        )
    if query.elsewhere >= composer.rules.cutoffs.elsewhere and not query.about:
        return compose_not_covered(composer, query)
    works = find_works(composer.index, query, composer.say) if query.intent is Intent.REFERENCE else None
    lacking = None if works else asked_gap(query, composer.rules.cutoffs)
    if lacking and (lacking.near >= composer.rules.cutoffs.gap_said or not query.about):
        return compose_gap(composer, query, lacking)
    if not works and (not is_answered(composer, query, hits) or (query.unknown and not query.about)):
        return compose_not_covered(composer, query)
    if limited := compose_limits(composer, query):
        return limited
    answer = works or answer_from_rows(composer, query) or Answer()
    brief = is_brief(query, answer)
    answer = answer if works or brief else with_leads(composer, query, answer)
    if query.intent is Intent.REFERENCE and not works:
        answer = with_works(composer.index, query, answer, composer.say)
    taken = answer.evidence
    more = further_quotes(composer, query, hits, answer)
    answer = with_rows(composer.index, answer, (*taken, *more), composer.say)
    openings: tuple[Statement | Remark, ...] = answer.openings
    if not openings and not answer.lines:
        if not more:
            return compose_not_covered(composer, query)
        openings = (Statement(composer.say("statements", "extract"), more[:1], "extract"),)
    bare = missing(composer, query, answer)
    openings = (*heard(composer, query, answer), *bare, *openings)
    shown = tuple(item for item in (*taken, *more) if item.kind is not PassageKind.TABLE_ROW)
    topics = tuple(score.topic for score in query.topics)
    limits = with_limits(composer, query, answer, (*taken, *more))
    return Draft(
        status=Status.PARTIAL if bare else Status.ANSWERED,
        intent=query.intent,
        topics=topics,
        about=about(composer, query, answer),
        leads=tuple(lead.id for lead in answer.leads),
        openings=openings,
        quotes=shown,
        lines=answer.lines,
        figures=answer.figures,
        brief=brief,
        caveats=limits[:MOST_BRIEF] if brief else limits,
        gaps=() if brief else tuple(composer.remark("gap", gap=gap) for gap in choose_gaps(composer, query)),
        reflection=prompts(composer, query, answer, (*taken, *more)),
        suggestions=follow_ups(composer, query, answer.leads) if not (works or brief) else (),
    )


def compose_choices(composer: Composer, query: Query) -> Draft:
    """A question back: which of the topics is meant, each as a question that can be taken."""
    names = (composer.topics[topic].name for topic in query.open_to)
    asks = tuple(composer.say("asks", query.intent, topic=name) for name in names)
    return Draft(Status.CLARIFY, query.intent, openings=(composer.remark("which"),), suggestions=asks)


def compose_summary(composer: Composer, query: Query) -> Draft:
    """What a conversation covered: for each question what opened its answer, else the figures it gave.

    So is its last answer put in short.
    """
    index, cut = composer.index, composer.rules.cutoffs
    chosen = dict.fromkeys(composer.leads[name] for past in query.covered for name in past.leads[:1])
    answer = say_leads(composer, query, Answer(), tuple(chosen))
    labels = dict.fromkeys(label for past in query.covered if not past.leads for label in past.figures)
    shown = [row for label in labels for row in all_rows(index) if row.row.label == label]
    rows = figure_lines(index, shown, composer.say) or Answer()
    lines: list[Statement] = []
    left = cut.quoted_most
    for part in (*answer.openings, *rows.lines):
        left -= sum(item.length for item in part.evidence)
        if left >= 0:
            lines.append(part)
    last = query.covered[-1]
    return Draft(
        Status.ANSWERED,
        query.intent,
        topics=tuple(dict.fromkeys(topic for past in query.covered for topic in past.about)),
        about=last.about,
        leads=last.leads,
        openings=(composer.remark("in_short" if query.saw("in-short") else "covered"),),
        lines=tuple(lines),
        figures=tuple(figure for figure in rows.figures if any(figure.evidence in part.evidence for part in lines)),
        brief=True,
    )


def compose_limits(composer: Composer, query: Query) -> Draft | None:
    """The limits of what is known of a topic, with the figures they belong to; None where something else is asked.

    Where a lead answers almost to the word, it answers.
    """
    index, cut = composer.index, composer.rules.cutoffs
    close = query.nearest >= cut.lead_close or any(score.sure >= cut.stands for score in query.leads)
    if close or not query.about or not query.saw("asks-limits"):
        return None
    rows = rows_by_topic(all_rows(index), composer.topics, query.about)
    answer = figure_lines(index, rows, composer.say) or Answer()
    caveats = caveats_asked(index, query.about, answer.evidence, cut.quoted_most)
    if not caveats:
        return None
    quoted = tuple(dict.fromkeys((*answer.evidence, *(item for part in caveats for item in part.evidence))))
    return Draft(
        Status.ANSWERED,
        query.intent,
        topics=tuple(score.topic for score in query.topics),
        about=query.about,
        openings=caveats,
        quotes=tuple(item for item in quoted if item.kind is not PassageKind.TABLE_ROW),
        lines=answer.lines,
        figures=answer.figures,
        caveats=(*answer.notes, *show_conflicts(composer, quoted)),
        suggestions=follow_ups(composer, query),
    )


def further_quotes(composer: Composer, query: Query, hits: Sequence[Hit], answer: Answer) -> tuple[Evidence, ...]:
    """What retrieval adds to an answer: nothing where rows settle it, else enough quotes, and some in any case."""
    cut, taken = composer.rules.cutoffs, answer.evidence
    settled = answer.complete or (answer.lines and query.intent in FROM_ROWS)
    beside = (cut.quotes_beside + 1) // 2 if query.partly else cut.quotes_beside
    wanted = 0 if settled else max((0 if query.partly else cut.quotes) - len(taken), beside)
    if query.intent in (*FROM_ROWS, Intent.REFERENCE) and query.about:  # no figures of another topic
        own = {plain(label) for topic in query.about for label in composer.topics[topic].rows}
        hits = [hit for hit in hits if row_label(hit.passage) in (None, *own)]
    rowed = [topic for topic in query.about if composer.topics[topic].rows]
    if query.intent is Intent.REFERENCE and rowed:  # nor works
        sections = {section for topic in rowed for section in composer.topics[topic].sections}
        hits = [hit for hit in hits if sections & set(hit.passage.section) or row_label(hit.passage)]
    if query.saw("tells-apart") and not query.measures:  # nor any at all
        hits = [hit for hit in hits if row_label(hit.passage) is None]
    if answer.openings or answer.lines:
        hits = [hit for hit in hits if not any(holds(place, hit.passage) for place in query.quoted)]
    return select_evidence(composer.index, hits, taken, wanted, cut.quote_share, cut.quoted_words)


def is_brief(query: Query, answer: Answer) -> bool:
    """Whether a line is asked for: a measure by name, in a few words ("d for …?"), that a row gives."""
    return bool(query.intent is Intent.FIGURE and query.measures and answer.lines and len(query.text.split()) <= FEW)


def compose_gap(composer: Composer, query: Query, score: GapScore) -> Draft:
    """That the source does not give what is asked for, and the nearest thing it does say."""
    lead = composer.leads.get(score.gap.nearest)
    if score.near < composer.rules.cutoffs.gap_said:
        return compose_not_covered(composer, query)
    if not lead:
        return compose_not_covered(composer, query, score)
    missing = composer.remark("gap", gap=score.gap.lacks)
    answer = say_leads(composer, query, Answer(), (lead,))
    answer = with_rows(composer.index, answer, answer.evidence, composer.say)
    return Draft(
        status=Status.PARTIAL,
        intent=query.intent,
        topics=tuple(dict.fromkeys((score.topic, *(topic.topic for topic in query.topics)))),
        about=(score.topic,),
        leads=(lead.id,),
        openings=(missing, composer.remark("nearest_said"), *answer.openings),
        quotes=tuple(item for item in answer.evidence if item.kind is not PassageKind.TABLE_ROW),
        lines=answer.lines,
        figures=answer.figures,
        caveats=with_limits(composer, query, answer, answer.evidence) if answer.lines else (),
        gaps=(missing,),
        suggestions=follow_ups(composer, query, answer.leads),
        notices=(Notice("scope", missing.text),),
    )


def compose_not_covered(composer: Composer, query: Query, lacking: GapScore | None = None) -> Draft:
    """That the source does not answer, what of it is missing where that is known, and the nearest it comes."""
    names = [composer.topics[score.topic].name for score in query.topics[:2]]
    nearest = (composer.remark("nearest", topics=" or ".join(names)),) if names else ()
    own = unknown(composer, query) if query.unknown else composer.remark("not_covered")
    missing = composer.remark("gap", gap=lacking.gap.lacks) if lacking else own
    return Draft(
        Status.NOT_COVERED,
        query.intent,
        topics=tuple(score.topic for score in query.topics),
        openings=(missing, *nearest),
        gaps=(missing,) if lacking or query.unknown else (),
        suggestions=follow_ups(composer, query) if names else openers(composer),
        notices=(Notice("scope", missing.text),),
    )


def answer_from_rows(composer: Composer, query: Query) -> Answer | None:
    """The answer that a table gives: a ranking, a comparison, the figures of a row; also of what is to be done.

    What the question claims of a row and the table does not bear out comes before all else.
    """
    index, topics, say, rules = composer.index, composer.topics, composer.say, composer.rules.dialogue
    claimed = claimed_figure(index, topics, query, say) or claimed_rating(index, topics, query, say)
    if claimed:
        return claimed
    if query.intent is Intent.RANKING:
        close = query.nearest >= composer.rules.cutoffs.lead_close
        claimed = claimed_rank(index, topics, query, rules, say)
        return claimed or rank_rows(index, topics, query, rules, say, certain=not close)
    if query.intent is Intent.COMPARISON and (query.measures or not query.saw("tells-apart")):
        return compare_rows(index, topics, query, say)
    if query.intent is Intent.FIGURE and not on_works(composer, query, query.leads):
        return figure_lines(index, rows_of(index, topics, query), say)
    if query.intent is Intent.HOWTO and query.topics and query.topics[0].seen:
        return figure_lines(index, rows_of(index, topics, query, 1), say)
    return None


def with_limits(composer: Composer, query: Query, answer: Answer, quoted: Sequence[Evidence]) -> tuple[Statement, ...]:
    """The table's own notes, where the source disagrees with itself, and the caveats that belong to the answer."""
    conflicts = show_conflicts(composer, quoted) if query.intent is not Intent.REFERENCE else ()
    known = {(item.document, item.place) for statement in conflicts for item in statement.evidence}
    notes = [
        note
        for note in answer.notes
        if note.rule != "blank"
        or (query.intent in FROM_ROWS and (note.evidence[0].document, note.evidence[0].place) not in known)
    ]
    shown = tuple(dict.fromkeys((*quoted, *(item for statement in conflicts for item in statement.evidence))))
    most = composer.rules.cutoffs.quoted_most
    return (*notes, *conflicts, *choose_caveats(composer.index, query, answer, shown, most))
