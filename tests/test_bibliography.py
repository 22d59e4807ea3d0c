"""CSL-JSON → a reference list in APA style."""

import json
import re

import pytest
from conftest import PACK, TINY_PACK

from ragbot.bibliography import format_apa, initials, ordinal, people
from ragbot.documents import read_document

ITEMS = json.loads((PACK / "references.json").read_text(encoding="utf-8"))
DATE = re.compile(r" \((\d{4})(, \w+)?\)\. ")


def person(family, given, **more):
    """One name of a CSL item."""
    return {"family": family, "given": given, **more}


def item(kind, year=2001, **more):
    """A CSL item by Ada B. Lee."""
    return {
        "type": kind,
        "author": [person("Lee", "Ada B.")],
        "issued": {"date-parts": [[year]]},
        "title": "Dirt",
        **more,
    }


def test_the_tiny_list():
    """Every kind of work in the tiny list is written as APA has it."""
    tiny = json.loads((TINY_PACK / "references.json").read_text(encoding="utf-8"))
    assert [format_apa(found) for found in tiny] == [
        "Abé, J.-P. M. (2020). *Is straw worth the trouble?* https://example.org/straw",
        "Ferreira, A. (1998). *Reading the ground* (2nd ed.). Spade Press.",
        "Müller, K., Tan, W., & Ode, P. (2011). Compost and crop weight: A meta-analysis. "
        "*Journal of Kitchen Gardens*, 14(2), 101–118. https://doi.org/10.1000/jkg.2011.14",
        "Okafor, B., & Lindqvist, N. (Eds.). (2015). *Habits of good growers*. Spade Press.",
        "Okafor, B., & Lindqvist, N. (2015). What we know of beds. In B. Okafor & N. Lindqvist (Eds.), "
        "*Habits of good growers* (pp. 1–20). Spade Press.",
        "Royal Garden Society. (2009). *Kitchen gardens on one page*.",
    ]


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (item("book"), "Lee, A. B. (2001). *Dirt*."),
        (item("book", edition="3", publisher="Spade"), "Lee, A. B. (2001). *Dirt* (3rd ed.). Spade."),
        (item("book", note="(Ed.)"), "Lee, A. B. (Ed.). (2001). *Dirt*."),
        (item("book", **{"number-of-volumes": 5}), "Lee, A. B. (2001). *Dirt* (5 volumes)."),
        (item("article-journal", **{"container-title": "Beds"}), "Lee, A. B. (2001). Dirt. *Beds*."),
        (item("book", issued={}), "Lee, A. B. (n.d.). *Dirt*."),
        (
            item("article-journal", volume="3", page="102002", **{"container-title": "Beds"}),
            "Lee, A. B. (2001). Dirt. *Beds*, 3, 102002.",
        ),
        (
            item("article-journal", note="et al.", **{"container-title": "Beds"}),
            "Lee, A. B., et al. (2001). Dirt. *Beds*.",
        ),
        (
            item("chapter", editor=[person("Tan", "W.")], volume="2", edition="2", **{"container-title": "All Beds"}),
            "Lee, A. B. (2001). Dirt. In W. Tan (Ed.), *All Beds* (2nd ed., Vol. 2).",
        ),
    ],
)
def test_kinds_of_works(work, expected):
    """Books, editions, volumes, articles and chapters of edited books have their own form."""
    assert format_apa(work) == expected


@pytest.mark.parametrize(
    ("names", "inverted", "expected"),
    [
        ([person("Lee", "Ada")], True, "Lee, A."),
        ([person("Lee", "Ada"), person("Tan", "W.B.")], True, "Lee, A., & Tan, W. B."),
        ([person("Lee", "Ada"), person("Tan", "W.")], False, "A. Lee & W. Tan"),
        ([person("Lee", "Ada"), person("Tan", "W."), person("Ode", "P.")], False, "A. Lee, W. Tan, & P. Ode"),
        ([person("Jong", "Kim", **{"non-dropping-particle": "de"})], True, "de Jong, K."),
        ([{"literal": "Soil Board"}], True, "Soil Board"),
        ([], True, ""),
    ],
)
def test_names(names, inverted, expected):
    """Authors are inverted, editors of a chapter are not; the last name is joined by an ampersand."""
    assert people(names, inverted) == expected


def test_initials():
    """Given names become initials, whether written out, hyphenated or run together."""
    assert [initials(name) for name in ("Jean-Paul M.", "C.C.", "Ada", "")] == ["J.-P. M.", "C. C.", "A.", ""]


@pytest.mark.parametrize(
    ("edition", "expected"),
    [("1", "1st ed."), ("2", "2nd ed."), ("3", "3rd ed."), ("4", "4th ed."), ("11", "11th ed."), ("12", "12th ed."),
     ("13", "13th ed."), ("21", "21st ed."), ("Rev.", "Rev. ed."), ("Rev. ed.", "Rev. ed.")],
)  # fmt: skip
def test_editions(edition, expected):
    """An edition is an English ordinal; words stay as they are."""
    assert ordinal(edition) == expected


@pytest.mark.parametrize("work", ITEMS, ids=lambda work: work["id"])
def test_every_entry_of_the_work(work):
    """Every reference of the built-in corpus has its first author, year and title, and no empty part."""
    text = format_apa(work)
    author = (work.get("author") or work["editor"])[0]
    assert text.startswith(author.get("literal") or author.get("non-dropping-particle") or author["family"])
    assert DATE.search(text).group(1) == str(work["issued"]["date-parts"][0][0])
    assert work["title"] in text
    assert not re.search(r"\.\.|\(\)|  |, \.|None|\*\*", text)
    assert text.endswith(".") or re.search(r"https?://\S+[^.]$", text)


def test_the_list_agrees_with_the_printed_one(chapter, outline):
    """In order, the formatted entries have the first author and the year of the printed ones."""
    printed = read_document("chapter", chapter, outline).references
    formatted = read_document(
        "list", "# A\n\nText.\n\n# References\n\n" + "\n".join(f"- {format_apa(x)}" for x in ITEMS)
    )
    assert [(x.names[0], x.year) for x in formatted.references] == [(x.names[0], x.year) for x in printed]
