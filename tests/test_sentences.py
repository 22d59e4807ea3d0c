"""Running text → spans of whole sentences."""

from itertools import pairwise

import pytest
from conftest import line_texts
from hypothesis import given, settings

from ragbot.sentences import split_sentences


def sentences(text):
    """The sentences of a text."""
    return [text[start:end] for start, end in split_sentences(text)]


def without_blanks(text):
    """A text without its white space."""
    return "".join(text.split())


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(
            ["Rest helps a bed (Ode & Tan, 2015; Muller et al., 2011).", "Water does more (see Abe, 2020, p. 3)."],
            id="citations",
        ),
        pytest.param(["Muller et al. (2011) were the first.", "Others, e.g. Hansen et al., came late."], id="et al."),
        pytest.param(["J. C. Ferreira and A. B. Tan agree on it.", "Dr. Ode of the R.G.S. does not."], id="initials"),
        pytest.param(["The gain came to 0.65 in 12 trials.", "It fell to .20 in the next."], id="decimals"),
        pytest.param(["Look at p. 3 for the rest of it.", "See also pp. 4–9, vol. 2."], id="pages"),
        pytest.param(["The gain was large ($d = 0.65$; Tan et al., 2019).", "Rye gained less."], id="statistics"),
        pytest.param(["*Rigidity.* A grower who digs by the book loses.", "Another does not."], id="run-in title"),
        pytest.param(["Note. A *d* of 0.20 is a small one.", "It is no more than that."], id="note"),
        pytest.param(["“Feed it. Water it. Leave it.”", "That is all she said.", "We agree."], id="quotes"),
        pytest.param(["He told us \"Feed it. Water it.\" and left.", "She stayed with us."], id="straight quotes"),
        pytest.param(["It paid (nobody knew. Nobody asked.) to dig.", "Growers still agree on it."], id="parentheses"),
        pytest.param(["What does a bed need most of all?", "Water!", "It is as plain as that."], id="other signs"),
        pytest.param(["Two kinds: (1) flooding; and (2) guessing, i.e. hoping."], id="numbered parts"),
        pytest.param(["A text that never comes to a stop"], id="no stop"),
    ],
)  # fmt: skip
def test_whole_sentences(expected):
    """Only the end of a sentence ends one, whatever full stops, quotes and parentheses stand within."""
    assert sentences(" ".join(expected)) == expected


def test_offsets_are_those_of_the_text():
    """Spans leave out the white space around sentences and count every sign of the text, marks too."""
    text = "  *One* bed is dug here.\n\tTwo beds, “dug” too, ü.  "
    assert split_sentences(text) == [(2, 24), (26, 49)]


def test_a_chapters_sentences_begin_like_sentences(both_sources):
    """In every paragraph of the work each sentence but the first begins with a capital, a figure or a mark."""
    paragraphs = [line for line in both_sources.splitlines() if len(line) > 300 and "\t" not in line]
    odd = [found for line in paragraphs for found in sentences(line)[1:] if found.lstrip("“\"'(*$")[:1].islower()]
    assert (len(paragraphs) > 40, odd) == (True, [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("." * 10_000, id="dots"),
        pytest.param("x" * 50_000, id="one word"),
        pytest.param("word " * 10_000, id="no stop"),
        pytest.param("🌱🍅 " * 3_000, id="emoji"),
        pytest.param("A. " * 10_000, id="initials"),
        pytest.param("Is it so?! " * 2_000, id="questions"),
        pytest.param("(" + "Nothing closes it. " * 3_000, id="open parenthesis"),
        pytest.param("“" * 5_000 + ". " * 5_000, id="open quotes"),
        pytest.param("\u200b" * 1_000, id="zero width"),
    ],
)
def test_hostile_text_loses_nothing(text):
    """Text that no writer wrote is divided or left whole, and all of it is kept."""
    assert without_blanks("".join(sentences(text))) == without_blanks(text)


@pytest.mark.parametrize("text", ["", "   \n \t "])
def test_nothing_has_no_sentence(text):
    """White space alone has no sentence."""
    assert split_sentences(text) == []


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    line_texts(
        "Soil", "is", "(Ode,", "2011).", "et al.", "0.65.", "*Dark.*", "“Yes.”", "e.g.", "🍅", "\n", "No!", "p. 3"
    )
)
def test_any_text_is_divided_without_loss(text):
    """Sentences follow each other in order, without white space around them, and hold all of the text."""
    spans = split_sentences(text)
    assert all(first.end <= second.start for first, second in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert without_blanks("".join(sentences(text))) == without_blanks(text)
