"""Settings: which of option, environment and default decides, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragbot import settings
from ragbot.errors import RagbotError
from ragbot.settings import PACKAGE, TREE, read_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside the test; the user's data folder in its own place."""
    for name in ("CORPUS", "INDEX", "ENCODER", "THREADS", "CONVERSATIONS", "RETENTION_DAYS"):
        monkeypatch.delenv(f"RAGBOT_{name}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package as if it lay in site-packages, where no pyproject.toml stands beside it; the data folder."""
    (tmp_path / "site-packages").mkdir()
    monkeypatch.setattr(settings, "TREE", tmp_path / "site-packages")
    return tmp_path / "data" / "ragbot"


def test_a_checkout_keeps_everything_beside_the_package() -> None:
    """Without any setting the corpus, the reader's own texts and the index lie in the tree."""
    read = read_settings()
    assert (read.corpus, read.local, read.index) == (TREE / "corpus", TREE / "corpus" / "local", TREE / "index")
    assert (read.encoder, read.threads) == ("all-MiniLM-L6-v2", 1)


def test_the_option_decides_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """--index comes first, then RAGBOT_INDEX, then the default."""
    monkeypatch.setenv("RAGBOT_INDEX", "/srv/index")
    assert read_settings("/srv/other").index == Path("/srv/other")
    assert read_settings(Path("/srv/other")).index == Path("/srv/other")
    assert read_settings().index == Path("/srv/index")
    monkeypatch.delenv("RAGBOT_INDEX")
    assert read_settings().index == TREE / "index"


def test_another_corpus_brings_its_own_local_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """RAGBOT_CORPUS names the packs, and the reader's own texts lie in local/ under it."""
    monkeypatch.setenv("RAGBOT_CORPUS", "/srv/bread/corpus")
    assert read_settings().corpus == Path("/srv/bread/corpus")
    assert read_settings().local == Path("/srv/bread/corpus/local")


def test_the_default_index_lies_beside_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another corpus is not answered from the checkout's index: its own lies in index/ beside it."""
    monkeypatch.setenv("RAGBOT_CORPUS", "/srv/bread/corpus")
    assert read_settings().index == Path("/srv/bread/index")


def test_the_encoder_and_its_threads_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """RAGBOT_ENCODER and RAGBOT_THREADS are taken as they are."""
    monkeypatch.setenv("RAGBOT_ENCODER", "/srv/models/own")
    monkeypatch.setenv("RAGBOT_THREADS", "4")
    assert (read_settings().encoder, read_settings().threads) == ("/srv/models/own", 4)


@pytest.mark.parametrize("threads", ["many", "0", "-1", "1.5"])
def test_a_number_of_threads_that_is_none_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, threads: str) -> None:
    """RAGBOT_THREADS that is not a whole number from 1 is refused by name, not by a traceback."""
    monkeypatch.setenv("RAGBOT_THREADS", threads)
    with pytest.raises(RagbotError, match="RAGBOT_THREADS"):
        read_settings()


@pytest.mark.parametrize("name", ["CORPUS", "INDEX", "ENCODER", "THREADS"])
def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A variable that is set to nothing leaves the default."""
    default = read_settings()
    monkeypatch.setenv(f"RAGBOT_{name}", "")
    assert read_settings() == default


def test_an_installed_wheel_keeps_its_index_in_the_users_data_folder(installed: Path) -> None:
    """The corpus comes with the package, which is only read; what is written goes to the user's data folder."""
    read = read_settings()
    assert read.corpus == PACKAGE / "corpus"
    assert read.index == installed / "index"
    assert read.local == installed / "corpus"


def test_an_installed_wheel_listens_to_the_environment(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RAGBOT_CORPUS, RAGBOT_INDEX and --index decide there as in a checkout."""
    monkeypatch.setenv("RAGBOT_CORPUS", "/srv/bread")
    assert (read_settings().corpus, read_settings().local) == (Path("/srv/bread"), Path("/srv/bread/local"))
    monkeypatch.setenv("RAGBOT_INDEX", "/srv/index")
    assert read_settings().index == Path("/srv/index")
    assert read_settings("/srv/other").index == Path("/srv/other")


def test_an_empty_corpus_variable_never_writes_into_the_package(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an installed wheel RAGBOT_CORPUS set to nothing still keeps the reader's own texts out of the package."""
    monkeypatch.setenv("RAGBOT_CORPUS", "")
    assert read_settings().local == installed / "corpus"


def test_a_corpus_beside_the_package_alone_makes_no_checkout(installed: Path) -> None:
    """A folder called corpus in site-packages, of another package, is left alone."""
    (settings.TREE / "corpus").mkdir()
    assert read_settings().corpus == PACKAGE / "corpus"


def test_conversations_are_kept_in_memory_unless_a_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written without RAGBOT_CONVERSATIONS; the days of retention have a default."""
    assert (read_settings().conversations, read_settings().retention) == ("", 30.0)
    monkeypatch.setenv("RAGBOT_CONVERSATIONS", "sqlite:////srv/c.db")
    monkeypatch.setenv("RAGBOT_RETENTION_DAYS", "0.5")
    assert (read_settings().conversations, read_settings().retention) == ("sqlite:////srv/c.db", 0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("CONVERSATIONS", "mysql://x"), ("CONVERSATIONS", "c.db"), ("RETENTION_DAYS", "0"), ("RETENTION_DAYS", "-1")],
)
def test_a_store_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Another kind of database and no time at all are named with what they take."""
    monkeypatch.setenv(f"RAGBOT_{name}", value)
    with pytest.raises(RagbotError, match=f"RAGBOT_{name}.*takes"):
        read_settings()
