"""The one reader of the environment. Every setting has a default; none is needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ragbot.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent
TREE = PACKAGE.parent
ENCODER = "all-MiniLM-L6-v2"
RETENTION = 30.0  # days


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are, and which encoder builds a new index.

    corpus: folder of packs. local: folder of the reader's own texts. index: folder of the published index.
    encoder: name or folder of a sentence-transformers model. threads: of the encoder, per question.
    conversations: sqlite:/// or postgresql:// URL of the database that keeps them; in memory where empty. retention:
    days for which the database keeps one after it was last used. region: whose emergency numbers are named (an id of
    rules/regions.yaml); the main ones where empty.
    """

    corpus: Path
    local: Path
    index: Path
    encoder: str
    threads: int
    conversations: str = ""
    retention: float = RETENTION
    region: str = ""


def read_settings(index: str | Path | None = None) -> Settings:
    """Settings from the environment (RAGBOT_CORPUS, RAGBOT_INDEX, RAGBOT_ENCODER, RAGBOT_THREADS,
    RAGBOT_CONVERSATIONS, RAGBOT_RETENTION_DAYS, RAGBOT_REGION).

    In a checkout, the corpus and the index lie beside the package; in an installed wheel, the corpus lies in the
    package, and the reader's own texts and the index in the user's data folder. Raises SettingsError.
    """
    in_tree = (TREE / "corpus").is_dir() and (TREE / "pyproject.toml").is_file()
    home = TREE if in_tree else Path(platformdirs.user_data_dir("ragbot"))
    own = os.environ.get("RAGBOT_CORPUS")
    corpus = Path(own or (TREE / "corpus" if in_tree else PACKAGE / "corpus"))
    threads = os.environ.get("RAGBOT_THREADS") or "1"
    if not threads.isdecimal() or int(threads) < 1:
        raise SettingsError(f"RAGBOT_THREADS is '{threads}'; it takes a whole number from 1")
    conversations = os.environ.get("RAGBOT_CONVERSATIONS") or ""
    if conversations and not conversations.startswith(("sqlite:///", "postgresql://")):
        raise SettingsError("RAGBOT_CONVERSATIONS takes an URL that begins with sqlite:/// or postgresql://")
    days = os.environ.get("RAGBOT_RETENTION_DAYS") or str(RETENTION)
    if not days.replace(".", "", 1).isdecimal() or not float(days):
        raise SettingsError(f"RAGBOT_RETENTION_DAYS is '{days}'; it takes a number of days above 0")
    return Settings(
        corpus=corpus,
        local=corpus / "local" if own or in_tree else home / "corpus",
        index=Path(index or os.environ.get("RAGBOT_INDEX") or (corpus.parent if own else home) / "index"),
        encoder=os.environ.get("RAGBOT_ENCODER") or ENCODER,
        threads=int(threads),
        conversations=conversations,
        retention=float(days),
        region=(os.environ.get("RAGBOT_REGION") or "").strip().lower(),
    )
