"""In-text citations → entries of the reference list: resolved, ambiguous or missing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ragbot.types import Block, BlockKind, Citation, CitationState, Reference, Span

YEAR = re.compile(r"\b(?:1[89]|20)\d\d[a-z]?\b")
PARENTHESIS = re.compile(r"\(([^()]*)\)")
PERSON = re.compile(r"([^,&]+?),\s+(?:[A-Z]\.[\s-]?)+")
OPENING = re.compile(
    r"^(?:see also|but see|see|e\.g\.|cf\.|adapted from|after|from|in|and|Table [\d.]+|p\. ?\d+)[,;]?\s+", re.I
)
NARRATIVE = re.compile(r"(?:(?:[A-Z][\w.’'-]*|of|on|and|&|et|al\.|colleagues|de|van|von|\([A-Z]+\))\s+)+$")
POSSESSIVE = re.compile(r"[’']s?$")
SMALL = {"of", "on", "and", "the", "for", "in"}


def fold(text: str) -> str:
    """Lower case, without accents: "Flückiger" is "fluckiger"."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().strip()


def read_reference(text: str, span: Span) -> Reference:
    """An entry's family names (or organisation) and year."""
    entry = text[slice(*span)]
    head = entry.split("(", 1)[0]
    people = [fold(name) for name in PERSON.findall(head)]
    names = tuple(name.removeprefix("& ").strip() for name in people) or (fold(head).rstrip(". "),)
    if "et al" in head:
        names = (*names, "et al.")
    year = YEAR.search(entry)
    return Reference(names, year.group() if year else "", entry, span)


def names_of(part: str) -> tuple[str, ...]:
    """The names of a citation's part before the year: ("lee", "et al."), ("lee", "ortiz")."""
    part = re.sub(r"\s+", " ", part).strip(" ,;")
    while OPENING.match(part):
        part = OPENING.sub("", part)
    many = bool(re.search(r"\bet al\.?|\band colleagues\b", part))
    part = re.sub(r"\bet al\.?|\band colleagues\b", "", part)
    split = re.split(r"\s+(?:&|and)\s+|,\s+(?!et\b)", part)
    names = [fold(POSSESSIVE.sub("", name.strip())).strip(" ,.") for name in split]
    names = [name for name in names if name]
    return (*names, "et al.") if many else tuple(names)


def initials_match(short: str, organisation: str) -> bool:
    """Whether "apa task force" names the "american psychological association task force on …"."""
    words = [word for word in re.findall(r"[a-z]+", organisation) if word not in SMALL]
    for token in re.findall(r"[a-z]+", short):
        if token in SMALL:
            continue
        if words and words[0] == token:
            words = words[1:]
        elif len(token) > 1 and [word[0] for word in words[: len(token)]] == list(token):
            words = words[len(token) :]
        else:
            return False
    return True


def same_work(names: tuple[str, ...], reference: Reference) -> bool:
    """Whether a citation's names are the entry's, by the author-date rules."""
    authors = reference.names
    if "et al." in names:
        return authors[0] == names[0] and (len(authors) > 2 or "et al." in authors)
    if len(authors) == 1 and len(names) == 1 and " " in authors[0]:
        return names[0] == authors[0] or initials_match(names[0], authors[0])
    return tuple(authors) == tuple(names)


def find_entries(
    names: tuple[str, ...], year: str, references: Sequence[Reference]
) -> tuple[tuple[int, ...], CitationState]:
    """The entries a citation means. For a missing one: the entries of its first author and year, if any."""
    found = tuple(n for n, ref in enumerate(references) if ref.year == year and same_work(names, ref))
    if found:
        return found, CitationState.RESOLVED if len(found) == 1 else CitationState.AMBIGUOUS
    near = tuple(n for n, ref in enumerate(references) if ref.year == year and names and ref.names[0] == names[0])
    return near, CitationState.MISSING


def narrative_names(before: str, year: str, references: Sequence[Reference]) -> tuple[str, ...]:
    """The names that stand before "(1979)": the longest run of words that is an entry's, else the last name."""
    run = NARRATIVE.search(before)
    if not run:
        return ()
    words = re.sub(r"\([A-Z]+\)\s*", "", run.group()).split()
    for start in range(len(words)):
        names = names_of(" ".join(words[start:]))
        if names and find_entries(names, year, references)[1] is not CitationState.MISSING:
            return names
    return names_of(words[-1])


def read_citations(text: str, references: Sequence[Reference]) -> Iterator[tuple[Span, tuple[str, ...], str]]:
    """Every citation of a text: its span, names and year."""
    for parenthesis in PARENTHESIS.finditer(text):
        names: tuple[str, ...] = ()
        last = parenthesis.start(1)
        for year in YEAR.finditer(text, *parenthesis.span(1)):
            part = text[last : year.start()].rpartition(";")[2]
            named = names_of(part) if re.search(r"[^\W\d_]{2}", part) and part != part.lower() else ()
            begin = year.start() - len(part.lstrip(" ,"))
            if not named and last == parenthesis.start(1):
                named = narrative_names(text[: parenthesis.start()], year.group(), references)
                begin = parenthesis.start()
            names = named or names
            if names:
                yield Span(begin, year.end()), names, year.group()
            last = year.end()


def link_citations(text: str, blocks: Sequence[Block], references: Sequence[Reference]) -> tuple[Citation, ...]:
    """Every citation of the blocks, linked to the entries it means."""
    found = []
    for block in blocks:
        if block.kind is BlockKind.RESOURCE:  # a work itself, not a sentence that cites one
            continue
        for start, end in block.spans:
            for span, names, year in read_citations(text[start:end], references):
                entries, state = find_entries(names, year, references)
                found.append(Citation(Span(start + span.start, start + span.end), names, year, entries, state))
    return tuple(found)
