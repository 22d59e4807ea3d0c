"""In-text citations → entries of the reference list."""

import pytest

from ragbot.documents import read_document
from ragbot.types import CitationState

ENTRIES = """

References

- Müller, A., Tan, B., & Ode, C. (2011). X.
- Okafor, B., & Tan, B. (2012). Y.
- Tan, B. (2012). Z.
- World Soil Council. (1999). W.
- van Dyk, E., et al. (2001). V.
"""


def cited(document, state):
    """The citations of a state, as written."""
    return [document.text[slice(*found.span)] for found in document.citations if found.state is state]


def test_the_reference_list(both_sources, outline):
    """The 64 entries have their authors, without accents, and their year."""
    references = read_document("work", both_sources, outline).references
    assert len(references) == 64
    assert (references[0].names, references[0].year) == (("ackerman", "hilsenroth"), "2003")
    assert ("fluckiger", "del re", "wampold", "symonds", "horvath") in [found.names for found in references]
    assert (references[10].names[-1], references[63].names) == ("et al.", ("watson", "geller"))


@pytest.mark.parametrize(("source", "resolved", "ambiguous"), [("chapter", 76, 10), ("digest", 76, 11)])
def test_citations_are_linked(source, resolved, ambiguous, request, outline):
    """Every citation is resolved, ambiguous between two entries of one pair and year, or missing."""
    document = read_document("work", request.getfixturevalue(source), outline)
    counts = [len(cited(document, state)) for state in CitationState]
    assert counts == [resolved, ambiguous, 1]
    assert cited(document, CitationState.MISSING) == ["Wampold et al., 2012"]
    pair = {found.entries for found in document.citations if found.state is CitationState.AMBIGUOUS}
    assert pair == {(43, 44)}
    assert {(document.references[n].names, document.references[n].year) for n in (43, 44)} == {
        (("norcross", "lambert"), "2019")
    }


@pytest.mark.parametrize(
    ("citation", "first_name"),
    [
        ("Fluckiger et al., 2019", "fluckiger"),
        ("APA Task Force, 2006", "american psychological association task force on evidence-based practice"),
        ("de Jong et al., 2021", "de jong"),
        ("Gelso & Carter, 1985", "gelso"),
    ],
)
def test_a_citation_finds_its_entry(both_sources, outline, citation, first_name):
    """Umlauts, abbreviated organisations and particles do not keep a citation from its one entry."""
    document = read_document("work", both_sources, outline)
    found = next(c for c in document.citations if document.text[slice(*c.span)] == citation)
    assert (found.state, document.references[found.entries[0]].names[0]) == (CitationState.RESOLVED, first_name)


def test_a_missing_work_names_what_is_near(both_sources, outline):
    """A missing citation points to the entry of its first author and year, which may be what was meant."""
    document = read_document("work", both_sources, outline)
    found = next(c for c in document.citations if c.state is CitationState.MISSING)
    assert [document.references[n].names for n in found.entries] == [("wampold",)]


def test_citations_of_another_field(full):
    """Resolved, ambiguous and missing citations are told apart in any work."""
    assert cited(full, CitationState.AMBIGUOUS) == ["Okafor & Lindqvist, 2015", "adapted from Okafor & Lindqvist, 2015"]
    assert cited(full, CitationState.MISSING) == ["Hansen, 2003"]
    assert cited(full, CitationState.RESOLVED) == [
        "Ferreira, 1998", "(1998", "Muller et al., 2011", "RGS, 2009", "Abe, 2020", "Muller et al., 2011",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is so (Muller et al., 2011).", [(CitationState.RESOLVED, (0,))]),
        ("It is so (Muller et\nal., 2011).", [(CitationState.RESOLVED, (0,))]),
        ("It is so (Okafor and\nTan, 2012, p. 3).", [(CitationState.RESOLVED, (1,))]),
        ("Okafor and Tan (2012) say so.", [(CitationState.RESOLVED, (1,))]),
        ("Tan’s (2012) beds grew.", [(CitationState.RESOLVED, (2,))]),
        ("It is so (Okafor et al., 2012).", [(CitationState.MISSING, (1,))]),
        ("It is so (WSC, 1999; World Soil Council, 1999).", [(CitationState.RESOLVED, (3,))] * 2),
        ("The World Soil Council (1999) says so.", [(CitationState.RESOLVED, (3,))]),
        ("It is so (van Dyk et al., 2001).", [(CitationState.RESOLVED, (4,))]),
        ("It is so (Tan, 2012, 2020).", [(CitationState.RESOLVED, (2,)), (CitationState.MISSING, ())]),
        ("It was so in summer (1976).", []),
        ("It grew (from 2001 to 2012).", []),
    ],
)
def test_a_citation_and_its_entries(text, expected):
    """Parenthetical and narrative citations, possessives and line breaks lead to the right entries."""
    document = read_document("any", f"Title\n\n{text}{ENTRIES}")
    assert [(found.state, found.entries) for found in document.citations] == expected


@pytest.mark.parametrize("words", ["see ", "see also ", "e.g., ", "cf. ", "adapted from ", "after ", "but see "])
def test_words_before_a_citation(words):
    """Words that lead in a citation are no part of its names."""
    document = read_document("any", f"Title\n\nIt is so ({words}Tan, 2012).{ENTRIES}")
    assert [(found.names, found.state) for found in document.citations] == [(("tan",), CitationState.RESOLVED)]
