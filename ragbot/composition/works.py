"""A question for a work → its entry in the reference list, and where the source cites it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ragbot.composition.figures import Answer
from ragbot.evidence import quotes_of
from ragbot.index import Index
from ragbot.phrases import without
from ragbot.types import CitationState, Document, Evidence, Passage, PassageKind, Query, Statement
from ragbot.words import plain, stems

YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
MOST = 3
TITLED = 0.5  # share of a question's content words, by rarity, that an entry holds to be the one that is meant


def named_entries(document: Document, text: str) -> list[int]:
    """The entries that a question names: a printed family name and, where the question has one, the year."""
    words = set(re.findall(r"[a-z-]+", plain(text).replace("'s", "")))
    years = set(YEAR.findall(text))
    found = []
    for number, reference in enumerate(document.references):
        names = [name for name in reference.names if name != "et al."]
        first = set(re.findall(r"[a-z-]+", names[0])) <= words if names else False
        if first and len(names[0]) > 2 and (not years or reference.year in years):
            others = sum(name in words for name in names[1:])
            found.append((others, number))
    most = max((others for others, _ in found), default=0)
    return [number for others, number in found if others == most]


def dated_entries(document: Document, text: str) -> list[int]:
    """The entries that a question names by author and year."""
    return named_entries(document, text) if YEAR.search(text) else []


def titled_entries(document: Document, text: str) -> list[int]:
    """The entries whose own words hold most of a question's content words, two at least, rare ones counting more."""
    asked = set(stems(text, stop=True))
    held = [asked & set(stems(entry.text)) for entry in document.references]
    rare = {word: 1 / (1 + sum(word in words for words in held)) for word in asked}
    shares = [sum(rare[word] for word in words) if len(words) > 1 else 0.0 for words in held]
    most = max(shares, default=0.0)
    found = [number for number, share in enumerate(shares) if share == most]
    return found if most and most >= TITLED * sum(rare.values()) and len(found) <= MOST else []


def find_works(index: Index, query: Query, say: Callable[..., str]) -> Answer | None:
    """The entries named, else those that the answer before rests on, with a sentence that cites them; else None."""
    asked = without(query.text, [seen for seen in query.seen if seen.what == query.intent])
    for document in index.documents.values():
        entries = named_entries(document, query.text) or titled_entries(document, asked)
        entries = (entries or entries_before(index, document, query))[:MOST]
        if entries:
            return describe(index, document, entries, say)
    return None


def entries_before(index: Index, document: Document, query: Query) -> list[int]:
    """The entries that the answer before rests on and those cited for its topics; what most of these cite first.

    None where that answer rests on no work.
    """
    before = [number for number, entry in enumerate(document.references) if entry.text in query.works]
    cited = Counter(number for topic in query.about for number in entries_of(index, document, topic))
    return sorted(dict.fromkeys([*before, *cited]), key=lambda n: (-cited[n], n not in before)) if before else []


def entries_around(index: Index, document: Document, topic: str) -> list[int]:
    """The entries that a topic's passages cite; where they cite none, those of related topics under its headings."""
    own = index.topics[topic]
    beside = [name for name in own.related if set(own.sections) & set(index.topics[name].sections)]
    found = entries_of(index, document, topic) or set().union(*(entries_of(index, document, name) for name in beside))
    return sorted(found)


def entries_of(index: Index, document: Document, topic: str) -> set[int]:
    """The entries that a topic's passages cite."""
    passages = [index.by_id[i] for i in index.topics[topic].passages]
    spans = [span for passage in passages if passage.document == document.id for span in passage.spans]
    return {n for c in document.citations if any(a <= c.span.start < b for a, b in spans) for n in c.entries}


def with_works(index: Index, query: Query, answer: Answer, say: Callable[..., str]) -> Answer:
    """The answer with the entries of the works that its first quotes cite.

    Where they cite none, with those cited for the topic asked about, and a sentence that cites them.
    """
    texts = dict.fromkeys(entry for item in answer.evidence for entry in item.references)
    entries = [p for p in index.passages if p.kind is PassageKind.REFERENCE and whole_entry(index, p) in texts][:MOST]
    if not entries:
        cited = ((d, entries_around(index, d, t)) for t in query.about[:1] for d in index.documents.values())
        works = next((describe(index, document, found[:MOST], say) for document, found in cited if found), Answer())
        openings, evidence = (*answer.openings, *works.openings), (*answer.evidence, *works.evidence)
        return replace(answer, openings=openings, evidence=evidence, complete=answer.complete or works.complete)
    found = quotes_of(index, entries, 1.0)
    openings = (*answer.openings, give_entries(found, say))
    return replace(answer, openings=openings, evidence=(*answer.evidence, *found), complete=True)


def give_entries(found: tuple[Evidence, ...], say: Callable[..., str]) -> Statement:
    """That the reference list has these entries."""
    return Statement(say("statements", "works" if len(found) == 1 else "works_several"), found, "works")


def whole_entry(index: Index, passage: Passage) -> str:
    """The entry that a passage of a reference list is."""
    return index.documents[passage.document].words(passage.spans)


def describe(index: Index, document: Document, entries: Sequence[int], say: Callable[..., str]) -> Answer:
    """Entries as statements with their quotes, and one sentence that cites them."""
    spans = {document.references[n].span.start: n for n in entries}
    passages = [
        p
        for p in index.passages
        if p.kind is PassageKind.REFERENCE and p.document == document.id and p.spans[0].start in spans
    ]
    found = quotes_of(index, passages, 1.0)
    statements = [give_entries(found, say)]
    citations = [c for c in document.citations if set(c.entries) & set(entries)]
    if citations:
        start = citations[0].span.start
        citing = [p for p in index.passages if p.document == document.id and any(a <= start < b for a, b in p.spans)]
        sentence = min(citing, key=lambda p: len(p.text), default=None)
        if sentence:
            missing = citations[0].state is CitationState.MISSING
            held = quotes_of(index, [sentence], 1.0)
            statements.append(Statement(say("statements", "cites_missing" if missing else "cites"), held, "cites"))
            found = (*found, *held)
    return Answer(tuple(statements), found, complete=True)
