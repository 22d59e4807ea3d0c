"""What a reply is about, for the questions that go on with it."""

from __future__ import annotations

from ragbot.composition.composer import Composer
from ragbot.composition.figures import Answer
from ragbot.types import Intent, Query

MOST_TOLD = 2  # topics of a telling that a later question goes on with


def about(composer: Composer, query: Query, answer: Answer) -> tuple[str, ...]:
    """The topics that a later question goes on with: those named, where the answer speaks of them; else its own.

    What may be asked of any topic ("is that a lot?") changes no subject.
    """
    if rows := compared(composer, query, answer):
        return rows
    topics, leads = composer.topics, answer.leads
    said = {topic for lead in leads for topic in lead.topics}
    subjects = [topic for topic in query.about if not topics[topic].general]
    both = bool(query.read_as) and len(subjects) > 1 and bool(said & set(subjects))  # neither of two is dropped
    stays = both or all(topics[lead.topics[0]].general for lead in leads)
    named = [topic for topic in subjects if stays or topic in said]
    if named or not leads:
        return tuple(named) or tuple(score.topic for score in query.topics[:1])
    if query.intent is Intent.VIGNETTE:  # what it was about may be any of what was taken up
        return tuple(dict.fromkeys(lead.topics[0] for lead in leads))[:MOST_TOLD]
    main = leads[0].topics
    own = tuple(topic for topic in main if not topics[topic].general)
    return own[: 2 if topics[main[0]].general else 1] or main[:1]


def compared(composer: Composer, query: Query, answer: Answer) -> tuple[str, ...]:
    """The topics of the two rows that a comparison set beside each other, or of the first of a ranking."""
    if query.intent not in (Intent.COMPARISON, Intent.RANKING) or not answer.lines:
        return ()
    names = dict.fromkeys([*query.about, *(score.topic for score in query.topics), *composer.topics])
    owners = (
        next((name for name in names if composer.topics[name].rows == (figure.label,)), "") for figure in answer.figures
    )
    found = dict.fromkeys(filter(None, owners))
    if query.intent is Intent.RANKING:
        return tuple(found)[:1] if not query.about or composer.topics[query.about[0]].general else ()
    return tuple(found)[:2] if len(found) > 1 else ()
