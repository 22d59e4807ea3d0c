"""Query → Hits: meaning, words and the pack's knowledge, fused. Never decides what is quoted."""

from __future__ import annotations

from collections.abc import Iterable

from ragbot.index import Index
from ragbot.rules import Cutoffs
from ragbot.types import Grain, Hit, PassageKind, Query

NOT_CONTENT = frozenset({PassageKind.REFERENCE, PassageKind.CAPTION, PassageKind.RESOURCE})
SATURATION = 8.0  # a BM25 score of so much counts for half; scores have no upper bound
LATER_ANCHOR = 0.9  # each further anchor of a lead or topic counts for so much of the one before


def known_passages(query: Query, index: Index) -> dict[str, float]:
    """What the pack knows to be the place for this query: passage id to 0…1, the strongest reason counting."""
    known: dict[str, float] = {}

    def note(passages: Iterable[str], strength: float) -> None:
        for passage in passages:
            known[passage] = max(known.get(passage, 0.0), strength)
            strength *= LATER_ANCHOR

    best = query.leads[0].score if query.leads else 1.0
    for score in query.leads:
        note(index.leads[score.lead].passages, min(score.score, 1.0) * (score.score / best) ** 2)
    strongest = query.topics[0].score if query.topics else 1.0
    for topic in query.topics:
        note(index.topics[topic.topic].passages, 0.8 * topic.score * (topic.score / strongest) ** 2)
    return known


def retrieve(query: Query, index: Index, cut: Cutoffs, kinds: frozenset[PassageKind] = NOT_CONTENT) -> tuple[Hit, ...]:
    """Passages for a query, best first, ties by position; `kinds` are left out.

    Score = dense·w1 + lexical·w2 + known·w3 with weights that sum to 1, each part 0 to 1: cosine clipped at 0,
    BM25 as s / (s + 8), and what the pack knows. Without any pack the other two weights are stretched to sum to 1.
    """
    whole = 1.0 if index.packs else 1.0 - cut.known
    dense = {position: max(score, 0.0) for position, score in index.search_vectors(query.vector, cut.depth)}
    lexical = {p: score / (score + SATURATION) for p, score in index.search_words(query.text, cut.depth)}
    known = known_passages(query, index)
    positions = {index.by_id[i].position for i in known}
    hits = []
    for position in dense.keys() | lexical.keys() | positions:
        passage = index.passages[position]
        if passage.kind in kinds:
            continue
        cosine = dense.get(position)
        cosine = max(float(index.vectors[position] @ query.vector), 0.0) if cosine is None else cosine
        words, place = lexical.get(position, 0.0), known.get(passage.id, 0.0)
        score = (cut.dense * cosine + cut.lexical * words + cut.known * place) / whole
        hits.append(Hit(passage, round(score, 6), round(cosine, 6), round(words, 6), round(place, 6)))
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.passage.position)))


def fold(hits: Iterable[Hit], grain: Grain | None = None) -> tuple[Hit, ...]:
    """The best hit of each place; with `grain`, only passages of that grain."""
    kept: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        if grain is None or hit.passage.grain is grain:
            kept.setdefault((hit.passage.document, hit.passage.place), hit)
    return tuple(kept.values())
