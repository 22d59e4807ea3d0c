"""A draft as text: numbers in order of first use, nothing without content, quotes in full."""

import re

from bots import chatbot

from ragbot.rendering import render_plain, render_reply
from ragbot.types import Draft, Evidence, Intent, PassageKind, Remark, Span, Statement, Status

HEADINGS = {name: name.upper() for name in ("above", "also", "caveats", "gaps", "reflection", "suggestions")}


def quote(n, words, kind=PassageKind.PROSE):
    """A quote at a place of its own."""
    return Evidence(words, (Span(n, n + len(words)),), "d", ("Crusts",), f"Crusts, par. {n}", (), 0.5, kind, n)


def rendered(**parts):
    """The reply of a draft."""
    draft = Draft(Status.ANSWERED, Intent.FINDING, **parts)
    return render_reply(draft, HEADINGS, "book", ("c", "m"), "i", {})


def test_numbers_follow_first_use():
    """The first quote used is [1], wherever it stands in the source, and its number is kept."""
    late, early = quote(9, "Crust is brown."), quote(1, "Dough rises.")
    reply = rendered(
        openings=(Statement("It browns.", (late,), "r"), Statement("It rises.", (early, late), "r")),
        quotes=(early, late),
    )
    assert reply.text.startswith("It browns. [1] It rises. [2][1]")
    assert [item.quote for item in reply.evidence] == ["Crust is brown.", "Dough rises."]


def test_every_sentence_of_a_statement_is_cited():
    """A statement of two sentences carries its numbers after each."""
    said = Statement("It browns at the end of baking. Then it cracks.", (quote(9, "Crust is brown."),), "r")
    assert rendered(openings=(said,)).text == "It browns at the end of baking. [1] Then it cracks. [1]"


def test_every_quote_is_shown_once_with_its_place():
    """A quote stands in the text once, numbered, with its locator; that of a caveat under the caveat."""
    one, two = quote(1, "Dough\n  rises."), quote(2, "Not always.")
    reply = rendered(
        openings=(Statement("It rises.", (one,), "r"),), quotes=(one,), caveats=(Statement("Mostly.", (two,), "r"),)
    )
    assert "> Dough rises. [1]\n>\n> — *Crusts, par. 1*" in reply.text
    assert "- Mostly. [2]\n\n  > Not always. [2]" in reply.text
    assert reply.evidence[0].quote == "Dough\n  rises."


def test_a_row_that_no_line_shows_is_shown():
    """A cited table row that has no figure line appears with its cells apart."""
    row = quote(3, "Rye\t12\t0.40", PassageKind.TABLE_ROW)
    assert "> Rye | 12 | 0.40 [1]" in rendered(caveats=(Statement("Few.", (row,), "r"),)).text


def test_no_heading_without_content():
    """What a reply does not have leaves no trace in its text."""
    assert rendered(openings=(Remark("Hello.", "r"),)).text == "Hello."


def test_a_terminal_gets_no_marks():
    """For a terminal, emphasis and typesetting signs are left out, words and figures stay."""
    reply = rendered(openings=(Remark("The *crust* was **2*3** at $d = 0.5$ for snake_case.", "r"),))
    assert render_plain(reply) == "The crust was 2*3 at d = 0.5 for snake_case."


def test_text_and_evidence_agree():
    """In a real reply every number cited is of a quote, and every quote is cited."""
    reply = chatbot("digest").ask("how do I handle a withdrawal rupture?")
    cited = {int(n) for n in re.findall(r"\[(\d+)\]", reply.text)}
    assert cited == {item.number for item in reply.evidence}


def test_quotes_that_nothing_cites_stand_apart():
    """Quotes beside those that the opening cites come after them, under a heading of their own."""
    cited, beside = quote(1, "A crust is dry."), quote(9, "Steam helps.")
    said = Statement("It is dry.", (cited,), "lead")
    text = rendered(openings=(said,), quotes=(beside, cited)).text
    assert text.index("A crust is dry. [1]") < text.index("**ALSO**") < text.index("Steam helps. [2]")
    assert "ALSO" not in rendered(openings=(said,), quotes=(cited,)).text
    assert "ALSO" not in rendered(quotes=(beside,)).text
