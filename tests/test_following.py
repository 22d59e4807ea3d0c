"""Which topics an elliptic question goes on with."""

import pytest

from ragbot.rules import read_rules
from ragbot.types import Intent, Past
from ragbot.understanding.following import goes_on, listed, mentioned
from ragbot.understanding.utterance import Utterance

RULES = read_rules().dialogue
RISE, CRUST = Past(Intent.FIGURE, (), ("rise",)), Past(Intent.FIGURE, (), ("crust",))
BOTH = Past(Intent.COMPARISON, (), ("rise", "crust"))
KNEAD, MIX = Past(Intent.HOWTO, (), ("knead",)), Past(Intent.FIGURE, (), ("mix",))
NAMING = Past(Intent.LIST, (), ("stages",), listed=("mix", "rest", "bake"))


def follow(text, *thread, named=(), stands=False, intent=Intent.FINDING):
    """The topics that a question goes on with; at most twelve words, twice that where it points back."""
    return goes_on(Utterance(text, RULES), intent, named, stands, thread, 12, {"knead": "fold"})


@pytest.mark.parametrize(
    ("text", "thread", "expected"),
    [
        ("how many studies?", (RISE,), ("rise",)),
        ("and why is that?", (RISE, CRUST), ("crust",)),
        ("which of the two is bigger", (RISE, CRUST), ("rise", "crust")),
        ("how many for the first one?", (RISE, CRUST), ("rise",)),
        ("and the other one?", (RISE, CRUST), ("rise",)),
        ("what would you call those", (RISE, CRUST), ("rise", "crust")),
        ("how long is the last one?", (NAMING,), ("bake",)),
        ("and the first one?", (NAMING,), ("mix",)),
        ("how strong is it", (), ()),
        ("and the other kind?", (KNEAD,), ("fold",)),
        ("and the other one?", (RISE, KNEAD), ("rise",)),
        ("and the other kind?", (RISE, KNEAD), ("fold",)),
        ("and the first one?", (NAMING, MIX), ("mix",)),
        ("how strong was that last one?", (RISE, CRUST), ("crust",)),
        ("which of the two counts for more?", (RISE,), ("rise",)),
    ],
)
def test_pointers_and_ellipsis(text, thread, expected):
    """Pronouns, pointers and bare questions take up what was spoken of, the answer's own list included."""
    assert follow(text, *thread) == expected


def test_what_names_its_topic_takes_nothing_on():
    """A named topic changes the subject, unless what was spoken of is set beside it or objected to."""
    assert follow("what about steam", RISE, named=("steam",)) == ()
    assert follow("is it the same as steam", RISE, named=("steam",)) == ("rise",)
    assert follow("but steam does it too", RISE, named=("steam",)) == ("rise",)
    assert follow("so rise is everything", RISE, named=("rise",)) == ("rise",)
    assert follow("and with steam?", RISE, BOTH, named=("steam",)) == ("rise",)
    assert follow("and with steam?", RISE, named=("steam",)) == ()
    assert follow("aren't both simply steam?", RISE, CRUST, named=("steam",)) == ("rise", "crust")


def test_what_stands_by_itself_takes_nothing_on():
    """A question that a cue asks almost to the word stands; one with a pronoun does not; a long one neither."""
    assert follow("does salt matter", RISE, stands=True) == ()
    assert follow("does it matter", RISE, stands=True) == ("rise",)
    assert follow("word " * 13, RISE) == ()
    assert follow("does it matter " + "a b c d e " * 2, RISE) == ("rise",)
    assert follow("it was late " + "a b c d e " * 2, RISE, intent=Intent.VIGNETTE) == ()


def test_two_that_were_spoken_of():
    """The two of the last question about two, else of the last two questions, each once."""
    assert mentioned((RISE, CRUST)) == ["rise", "crust"]
    assert mentioned((BOTH, CRUST)) == ["rise", "crust"]
    assert listed((RISE, NAMING)) == ("mix", "rest", "bake")
