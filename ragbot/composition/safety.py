"""What comes first where someone's safety may be at stake: calm words, whom to call, and nothing of the person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ragbot.composition.composer import Composer
from ragbot.rules import Region
from ragbot.types import Draft, Notice, Query, Remark, Status

ANY_CRISIS = "suicide"  # lines that take any crisis


def with_safety(composer: Composer, query: Query, draft: Draft) -> Draft:
    """A draft that leads with someone's safety where that may be at stake; what it says follows."""
    if not query.safety:
        return draft
    first = safety_first(composer, query)
    return replace(
        draft,
        status=first.status,
        openings=(*first.openings, *draft.openings),
        notices=(*first.notices, *draft.notices),
    )


def safety_first(composer: Composer, query: Query) -> Draft:
    """That someone's safety may be at stake, in calm words, and nothing else."""
    assert query.safety
    responses, who = composer.rules.responses, query.safety.what
    abroad = responses.languages.get(query.language)
    regions = regions_of(composer, abroad.regions if abroad else ())
    calls = {"emergency": emergency(regions), "lines": crisis_lines(regions)}
    said = [text.format(**calls) for text in (getattr(abroad, who) if abroad else responses.safety[who])]
    remarks = tuple(Remark(text, query.safety.rule) for text in said)
    return Draft(Status.SAFETY, query.intent, openings=remarks, notices=(Notice("safety", " ".join(said)),))


def regions_of(composer: Composer, spoken: Sequence[str] = ()) -> list[Region]:
    """The reader's region; where it is not known, those of the language `spoken` first, and then the main ones."""
    every = composer.rules.regions.regions
    if composer.region:
        return [region for region in every if region.id == composer.region]
    first = [region for region in every if region.id in spoken]
    return [*first, *(region for region in every if region.main and region not in first)]


def emergency(regions: Sequence[Region]) -> str:
    """The emergency numbers, each with its regions: "911 (United States, Canada)"; of one region, the numbers alone."""
    return by_number((number, region) for region in regions for number in region.emergency)


def crisis_lines(regions: Sequence[Region]) -> str:
    """The lines that take any crisis, in the same way."""
    lines = ((line, region) for region in regions for line in region.lines)
    return by_number((line.number, region) for line, region in lines if line.purpose == ANY_CRISIS)


def by_number(calls: Iterable[tuple[str, Region]]) -> str:
    """Numbers in order, each once, with the names of the regions where there are several."""
    where: dict[str, list[str]] = {}
    for number, region in calls:
        where.setdefault(number, []).append(region.name)
    names = {name for found in where.values() for name in found}
    return ", ".join(
        number if len(names) == 1 else f"{number} ({', '.join(dict.fromkeys(found))})"
        for number, found in where.items()
    )
