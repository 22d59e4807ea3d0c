"""What a telling is heard to be about, and the questions it leaves with its writer."""

from __future__ import annotations

from collections.abc import Sequence

from ragbot.composition.composer import Composer
from ragbot.composition.figures import Answer
from ragbot.composition.leads import MAIN_TOPICS
from ragbot.evidence import holds
from ragbot.types import SITUATIONS, Evidence, Intent, Query, Remark

MOST_HEARD = 2  # topics of a telling that are said back
MOST_PROMPTS = 3  # questions for reflection


def heard(composer: Composer, query: Query, answer: Answer) -> tuple[Remark, ...]:
    """What a telling was heard to be about, and what else it might be, so that the writer can see and correct it."""
    if query.intent is not Intent.VIGNETTE:
        return ()
    cut, topics = composer.rules.cutoffs, composer.topics
    scores = [score for score in query.topics if topics[score.topic].heard]
    sure = [score for score in scores[:MOST_HEARD] if score.score >= cut.heard]
    taken_up = {topic for lead in answer.leads for topic in lead.topics[:1]}
    faint = [score for score in scores[len(sure) : MAIN_TOPICS] if sure and score.topic in taken_up]
    related = {other for score in sure for other in (score.topic, *topics[score.topic].related)}
    others = [score for score in scores[len(sure) :] if score not in faint and score.topic not in related]
    might = [x for x in others[: MOST_HEARD if not sure else 1] if x.score >= cut.might * scores[0].score]
    told, perhaps, instead = ([topics[score.topic].heard for score in found] for found in (sure, faint, might))
    if not sure:
        return (composer.remark("heard_unsure", heard="; or ".join(instead)),) if instead else ()
    words = {"heard": "; and ".join(told), "also": "; or ".join(perhaps)}
    first = composer.remark("heard_also" if perhaps else "heard", **words)
    return (first, *(composer.remark("heard_instead", heard=other) for other in instead))


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
