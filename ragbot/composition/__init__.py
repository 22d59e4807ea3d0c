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
from ragbot.composition.leads import TOPICS, follow_ups, on_works, openers, say_leads, with_leads
from ragbot.composition.limits import asked_gap, caveats_asked, choose_caveats, choose_gaps, show_conflicts
from ragbot.composition.works import find_works, with_works
from ragbot.evidence import holds, select_evidence
from ragbot.types import (
    SITUATIONS,
    Draft,
    Evidence,
    GapScore,
    Hit,
    Intent,
    Measure,
    Notice,
    PassageKind,
    Query,
    Remark,
    Statement,
    Status,
    numbers_in,
)
from ragbot.words import plain

__all__ = ["Composer", "compose_reply"]

FROM_ROWS = (Intent.FIGURE, Intent.COMPARISON, Intent.RANKING)  # kinds of question that a row settles
MOST_HEARD = 2  # topics of a telling that are said back
MOST_PROMPTS = 3  # questions for reflection
FEW = 6  # words of a question that a line answers
MOST_BRIEF = 1  # limits said beside that line
CLOSEST = 3  # hits among which one must be near for the source to speak of something


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
    """Whether the source speaks to this at all: by a lead near enough, or by a passage near in meaning and score."""
    cut = composer.rules.cutoffs
    near = max((score.near for score in query.leads), default=0.0)
    if query.read_as:
        return near >= cut.answer_carried
    if near >= cut.answer_near or (query.leads and query.intent in SITUATIONS):
        return True
    if any(score.seen and composer.topics[score.topic].rows for score in query.topics):
        return True
    return any(hit.score >= cut.answer and hit.dense >= cut.answer_dense for hit in hits[:CLOSEST])


def compose_content(composer: Composer, query: Query, hits: Sequence[Hit]) -> Draft:
    """The answer to a question of content, or that there is none."""
    if query.covered:
        return compose_summary(composer, query)
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
    if not works and not is_answered(composer, query, hits):
        return compose_not_covered(composer, query)
    if limited := compose_limits(composer, query):
        return limited
    answer = works or answer_from_rows(composer, query) or Answer()
    brief = is_brief(query, answer)
    answer = answer if works or brief else with_leads(composer, query, answer)
    if query.intent is Intent.REFERENCE and not works:
        answer = with_works(composer.index, answer, composer.say)
    taken = answer.evidence
    more = further_quotes(composer, query, hits, answer)
    answer = with_rows(composer.index, answer, (*taken, *more), composer.say)
    openings: tuple[Statement | Remark, ...] = answer.openings
    if not openings and not answer.lines:
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


def compose_summary(composer: Composer, query: Query) -> Draft:
    """What a conversation covered: for each question what opened its answer, else the rows it gave."""
    index, cut = composer.index, composer.rules.cutoffs
    chosen = dict.fromkeys(composer.leads[name] for past in query.covered for name in past.leads[:1])
    answer = say_leads(composer, query, Answer(), tuple(chosen))
    names = [topic for past in query.covered if not past.leads for topic in past.about]
    rows = figure_lines(index, rows_by_topic(all_rows(index), composer.topics, names), composer.say) or Answer()
    lines: list[Statement] = []
    left = cut.quoted_most
    for part in (*answer.openings, *rows.lines):
        left -= sum(len(item.quote.split()) for item in part.evidence)
        if left >= 0:
            lines.append(part)
    last = query.covered[-1]
    return Draft(
        Status.ANSWERED,
        query.intent,
        topics=tuple(dict.fromkeys(topic for past in query.covered for topic in past.about)),
        about=last.about,
        leads=last.leads,
        openings=(composer.remark("covered"),),
        lines=tuple(lines),
        figures=tuple(figure for figure in rows.figures if any(figure.evidence in part.evidence for part in lines)),
        brief=True,
    )


def compose_limits(composer: Composer, query: Query) -> Draft | None:
    """The limits of what is known of a topic, with the figures they belong to; None where something else is asked.

    Where a lead answers almost to the word, it answers.
    """
    index, cut = composer.index, composer.rules.cutoffs
    close = any(score.near >= cut.lead_close or score.sure >= cut.stands for score in query.leads)
    if close or not query.about or not any(seen.rule == "asks-limits" for seen in query.seen):
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


def missing(composer: Composer, query: Query, answer: Answer) -> tuple[Remark, ...]:
    """What is asked for and the source gives nowhere: a figure or a definition of the topic, or what the pack lists.

    The pack's list counts where no lead answers almost to the word.
    """
    topic = composer.topics[query.topics[0].topic] if query.topics else None
    close = max((score.near for score in query.leads), default=0.0) >= composer.rules.cutoffs.lead_close
    if not close and (lacking := anywhere(composer, query)):
        return (composer.remark("gap", gap=lacking),)
    if topic and query.among:
        return (composer.remark("no_finding_among", topic=topic.name, among=query.among),)
    if topic is None or topic.general or answer.lines:
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


def anywhere(composer: Composer, query: Query) -> str:
    """What the source gives of no topic and is asked for in so many words, or ""."""
    if query.intent in (Intent.VIGNETTE, Intent.REFERENCE):
        return ""
    text = plain(query.text)
    gaps = (gap for pack in composer.index.packs for gap in pack.anywhere)
    return next((gap.shows for gap in gaps if gap.see(text)), "")


def further_quotes(composer: Composer, query: Query, hits: Sequence[Hit], answer: Answer) -> tuple[Evidence, ...]:
    """What retrieval adds to an answer: nothing where rows settle it, else enough quotes, and some in any case."""
    cut, taken = composer.rules.cutoffs, answer.evidence
    settled = answer.complete or (answer.lines and query.intent in FROM_ROWS)
    wanted = 0 if settled else max(cut.quotes - len(taken), cut.quotes_beside)
    own = {plain(label) for topic in query.about for label in composer.topics[topic].rows}
    hits = [
        hit for hit in hits if not query.about or row_label(hit.passage) in (None, *own)
    ]  # no other topic's figures
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
        caveats=with_limits(composer, query, answer, answer.evidence),
        gaps=(missing,),
        suggestions=follow_ups(composer, query, answer.leads),
        notices=(Notice("scope", missing.text),),
    )


def compose_not_covered(composer: Composer, query: Query, lacking: GapScore | None = None) -> Draft:
    """That the source does not answer, what of it is missing where that is known, and the nearest it comes."""
    names = [composer.topics[score.topic].name for score in query.topics[:2]]
    nearest = (composer.remark("nearest", topics=" or ".join(names)),) if names else ()
    missing = composer.remark("gap", gap=lacking.gap.lacks) if lacking else composer.remark("not_covered")
    return Draft(
        Status.NOT_COVERED,
        query.intent,
        topics=tuple(score.topic for score in query.topics),
        openings=(missing, *nearest),
        gaps=(missing,) if lacking else (),
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
        close = max((score.near for score in query.leads), default=0.0) >= composer.rules.cutoffs.lead_close
        claimed = claimed_rank(index, topics, query, rules, say)
        return claimed or rank_rows(index, topics, query, rules, say, certain=not close)
    if query.intent is Intent.COMPARISON:
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


def about(composer: Composer, query: Query, answer: Answer) -> tuple[str, ...]:
    """The topics that a later question goes on with: those named, where the answer speaks of them; else its own.

    What may be asked of any topic ("is that a lot?") changes no subject.
    """
    topics, leads = composer.topics, answer.leads
    said = {topic for lead in leads for topic in lead.topics}
    if rows := compared(composer, query, answer):
        return rows
    subjects = [topic for topic in query.about if not topics[topic].general]
    both = bool(query.read_as) and len(subjects) > 1 and bool(said & set(subjects))  # neither of two is dropped
    stays = both or all(topics[lead.topics[0]].general for lead in leads)
    named = [topic for topic in subjects if stays or topic in said]
    if named or not leads:
        return tuple(named) or tuple(score.topic for score in query.topics[:1])
    main = leads[0].topics
    if query.intent is Intent.VIGNETTE:  # what it was about may be any of what was taken up
        return tuple(dict.fromkeys(lead.topics[0] for lead in leads))[:MOST_HEARD]
    return (
        tuple(topic for topic in main if not topics[topic].general)[: 2 if topics[main[0]].general else 1] or main[:1]
    )


def compared(composer: Composer, query: Query, answer: Answer) -> tuple[str, ...]:
    """The topics of the two rows that a comparison set beside each other, or of the first of a ranking."""
    if query.intent not in (Intent.COMPARISON, Intent.RANKING) or not answer.lines:
        return ()
    names = dict.fromkeys([*query.about, *(score.topic for score in query.topics), *composer.topics])
    owners = {
        row: name
        for name in reversed(names)
        if len(composer.topics[name].rows) == 1
        for row in composer.topics[name].rows
    }
    found = dict.fromkeys(owners[figure.label] for figure in answer.figures if figure.label in owners)
    if query.intent is Intent.RANKING:
        return tuple(found)[:1] if not query.about or composer.topics[query.about[0]].general else ()
    return tuple(found)[:2] if len(found) > 1 else ()


def heard(composer: Composer, query: Query, answer: Answer) -> tuple[Remark, ...]:
    """What a telling was heard to be about, and what else it might be, so that the writer can see and correct it."""
    if query.intent is not Intent.VIGNETTE:
        return ()
    cut, topics = composer.rules.cutoffs, composer.topics
    scores = [score for score in query.topics if topics[score.topic].heard]
    sure = [score for score in scores[:MOST_HEARD] if score.score >= cut.heard]
    taken_up = {topic for lead in answer.leads for topic in lead.topics[:1]}
    faint = [score for score in scores[len(sure) : TOPICS] if sure and score.topic in taken_up]
    related = {other for score in sure for other in (score.topic, *topics[score.topic].related)}
    others = [score for score in scores[len(sure) :] if score not in faint and score.topic not in related]
    might = [x for x in others[: MOST_HEARD if not sure else 1] if x.score >= cut.might * scores[0].score]
    told, perhaps, else_ = ([topics[score.topic].heard for score in found] for found in (sure, faint, might))
    if not sure:
        return (composer.remark("heard_unsure", heard="; or ".join(else_)),) if else_ else ()
    heard_, also = "; and ".join(told), "; or ".join(perhaps)
    first = composer.remark("heard_also", heard=heard_, also=also) if also else composer.remark("heard", heard=heard_)
    return (first, *(composer.remark("heard_instead", heard=other) for other in else_))


def prompts(composer: Composer, query: Query, answer: Answer, quoted: Sequence[Evidence]) -> tuple[Remark, ...]:
    """One to three questions for the clinician's own reflection, of topics that the reply speaks of and quotes."""
    if query.intent not in SITUATIONS:
        return ()
    passages = composer.index.by_id
    topics = dict.fromkeys(composer.topics[lead.topics[0]] for lead in answer.leads)
    own = [t for t in topics if t.prompts and any(holds(item, passages[i]) for item in quoted for i in t.passages)]
    each = 2 if len(own) == 1 else 1
    return tuple(
        Remark(prompt, f"prompt of {topic.id}") for topic in own[:MOST_PROMPTS] for prompt in topic.prompts[:each]
    )
