"""Text → stems and plain forms."""

import pytest

from ragbot.words import STOP, plain, stem, stems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Flückiger’s", "fluckiger's"),
        ("0.14–0.49", "0.14-0.49"),
        ("therapist — client", "therapist - client"),
        ("‘Café’", "'cafe'"),
        ("“QUOTED”", "quoted"),
        ("ﬁne print", "fine print"),
    ],
)
def test_plain(text, expected):
    """Case, accents, ligatures and typographic signs do not tell words apart."""
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("words", "shared"),
    [
        ("water waters watered watering", "water"),
        ("compost composts composting", "compost"),
        ("grower’s grower's growers", "grower"),
        ("therapies therapy", "therapi"),
        ("behaviour behavior behaviours behaviour's", "behavior"),
        ("recognise recognize recognised recognizing", "recogn"),
        ("organisation organization", "organiz"),
        ("counselling counseling counselled", "counsel"),
        ("programme program programs", "program"),
        ("hour hours", "hour"),
    ],
)
def test_forms_of_a_word_share_a_stem(words, shared):
    """Plural, tense and possessive are one stem."""
    assert set(stems(words)) == {shared}


@pytest.mark.parametrize(
    ("number", "expected"), [("30,000", "30000"), ("0.57", "0.57"), ("21.1", "21.1"), ("1,318", "1318")]
)
def test_numbers_are_words(number, expected):
    """A number is one word, its thousands separators aside."""
    assert (stem(number), stems(f"({number}).")) == (expected, [expected])


def test_order_and_stop_words():
    """Stems keep the order of the text; function words stay unless they are to be left out."""
    text = "How should I water the beds?"
    assert stems(text) == ["how", "should", "i", "water", "the", "bed"]
    assert stems(text, stop=True) == ["water", "bed"]


def test_what_is_not_a_word():
    """Marks, underscores and emoji are no words; hyphens part them."""
    assert stems("*dry_farmed* – well-watered 🍅 & $d$") == ["dri", "farm", "well", "water", "d"]
    assert stems("") == stems("… !?") == []


def test_stop_words():
    """The stop words are lower case and hold the commonest function words, "not" among them."""
    assert {"the", "and", "not", "i"} <= STOP
    assert all(word == word.lower() for word in STOP)
