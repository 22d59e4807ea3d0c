"""The records hold what they promise."""

import pytest

from ragbot.types import Evidence, PassageKind, Span, Statement, numbers_in


def evidence(quote, locator="Crusts, par. 1", references=()):
    """A quote of one span."""
    return Evidence(quote, (Span(0, len(quote)),), "d", (), locator, references, 1.0, PassageKind.PROSE, locator)


def test_numbers_have_one_spelling():
    """Thousands separators, missing zeros and sentence ends do not make another number."""
    assert numbers_in("1,318 of .62, 0.28-0.30; k = 43.") == {"1318", "0.62", "0.28", "0.30", "43"}


def test_a_statement_needs_a_quote():
    """A sentence about the source cannot be made without evidence."""
    with pytest.raises(ValueError, match="without evidence"):
        Statement("Bread rises.", (), "rule")


def test_a_statement_states_no_number_of_its_own():
    """A number that stands in no quote, locator or reference of the statement is refused."""
    held = evidence("It rose by 0.62 (Crumb, 2019).", references=("Crumb, A. (2019). Rise. 12, 3.",))
    assert Statement("It rose by 0.62, found in 2019 (volume 12).", (held,), "rule").evidence == (held,)
    with pytest.raises(ValueError, match=r"0\.63"):
        Statement("It rose by 0.63.", (held,), "rule")


def test_a_locator_may_be_stated():
    """The numbers of a quote's locator may stand in a statement."""
    assert Statement("See Table 3.1.", (evidence("Rye", "Table 3.1, row Rye"),), "rule")
