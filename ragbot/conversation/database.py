"""Conversations in a database, SQLite or PostgreSQL: they survive restarts and are shared by several processes.

The schema has a version and upgrades itself. What is forgotten is gone from the database's files too. The one door to
sqlite3 and psycopg.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ragbot.conversation.memory import TURNS
from ragbot.conversation.turns import UNKNOWN, Conversation, Turn, conversation_of
from ragbot.errors import StoreError, UnknownConversation
from ragbot.records import adapter
from ragbot.types import Past, Reply, Step

Run = Callable[..., list[tuple[Any, ...]]]  # a statement and its values → rows
PARTS = {  # of a turn, each a column of JSON
    "reply": Reply,
    "pasts": tuple[Past, ...],
    "rules": tuple[str, ...],
    "step": Step | None,
}
DAY = 86400.0  # seconds
WAIT = 10.0  # seconds for another process to finish writing
STEPS = (  # what brings the schema from one version to the next; version 1 is the first step
    (
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, used DOUBLE PRECISION NOT NULL)",
        "CREATE INDEX conversations_by_use ON conversations (used)",
        "CREATE TABLE turns (conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, "
        "number INTEGER NOT NULL, message TEXT NOT NULL, reply TEXT NOT NULL, pasts TEXT NOT NULL, "
        "rules TEXT NOT NULL, PRIMARY KEY (conversation, number))",
    ),
    ("ALTER TABLE turns ADD COLUMN step TEXT NOT NULL DEFAULT 'null'",),  # guided reflections
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between databases: how to connect, to begin writing alone, and to leave no deleted word behind."""

    connect: Callable[[str], Any]
    begin: tuple[str, ...]
    clean: tuple[str, ...]
    mark: str  # of a parameter
    error: type[Exception]


def sqlite_kind() -> Kind:
    """SQLite: deleted rows are overwritten, and the log is emptied into the file."""

    def connect(url: str) -> sqlite3.Connection:
        path = url.removeprefix("sqlite:///")
        if not path or not Path(path).expanduser().parent.is_dir():
            raise StoreError(f"RAGBOT_CONVERSATIONS names '{url}', whose folder does not exist; make it first")
        made = sqlite3.connect(Path(path).expanduser(), timeout=WAIT, isolation_level=None)
        for pragma in ("journal_mode = WAL", "secure_delete = ON", "foreign_keys = ON"):
            made.execute(f"PRAGMA {pragma}")
        return made

    return Kind(connect, ("BEGIN IMMEDIATE",), ("PRAGMA wal_checkpoint(TRUNCATE)",), "?", sqlite3.Error)


def postgres_kind() -> Kind:
    """PostgreSQL: a lock of our own serialises upgrades and writes; deleted rows go when the table is rewritten."""
    try:
        import psycopg
    except ImportError:
        raise StoreError(
            "RAGBOT_CONVERSATIONS names PostgreSQL; install it with: pip install 'ragbot[postgres]'"
        ) from None

    def connect(url: str) -> Any:
        return psycopg.connect(url, autocommit=True, connect_timeout=int(WAIT))

    lock = "SELECT pg_advisory_xact_lock(7270742)"  # a number of our own, the same in every process
    return Kind(connect, ("BEGIN", lock), ("VACUUM FULL turns",), "%s", psycopg.Error)


class KeptInDatabase:
    """The conversations of a database, for `days` since each was last used; 100 turns of each.

    A connection is opened for each use, so that threads and processes share nothing.
    """

    def __init__(self, url: str, days: float, clock: Callable[[], float] = time.time) -> None:
        """Raises StoreError where the database cannot be opened or is of a later version."""
        self._url, self._age, self._clock = url, days * DAY, clock
        self._kind = sqlite_kind() if url.startswith("sqlite:///") else postgres_kind()
        with self._writing() as run:
            run("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
            version = next(iter(run("SELECT version FROM schema_version")), (0,))[0]
            if version > len(STEPS):
                raise StoreError(f"the conversations are of version {version}, later than this program's {len(STEPS)}")
            for statement in chain.from_iterable(STEPS[version:]):
                run(statement)
            run("DELETE FROM schema_version")
            run("INSERT INTO schema_version (version) VALUES (?)", len(STEPS))

    def open(self, id: str | None) -> Conversation:
        self._forget_old()
        now = self._clock()
        with self._writing() as run:
            if id is None:
                id = uuid.uuid4().hex
                run("INSERT INTO conversations (id, used) VALUES (?, ?)", id, now)
                return Conversation(id)
            self._check(run, id)
            run("UPDATE conversations SET used = ? WHERE id = ?", now, id)
            found = run("SELECT pasts FROM turns WHERE conversation = ? ORDER BY number", id)
            last = run("SELECT reply FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT 1", id)
        read = adapter(tuple[Past, ...]).validate_json
        pasts = [past for (text,) in found for past in read(text)]
        return conversation_of(id, pasts, adapter(Reply).validate_json(last[0][0]) if last else None)

    def add(self, id: str, turn: Turn) -> None:
        said = [adapter(kind).dump_json(getattr(turn, name)).decode() for name, kind in PARTS.items()]
        with self._writing() as run:
            if not run("SELECT id FROM conversations WHERE id = ?", id):
                return
            (last,) = run("SELECT COALESCE(MAX(number), 0) FROM turns WHERE conversation = ?", id)[0]
            columns = ", ".join(("conversation", "number", "message", *PARTS))
            marks = ", ".join("?" * (3 + len(PARTS)))
            run(f"INSERT INTO turns ({columns}) VALUES ({marks})", id, last + 1, turn.message, *said)
            run("DELETE FROM turns WHERE conversation = ? AND number <= ?", id, last + 1 - TURNS)
        if last >= TURNS:
            self._clean()

    def turns(self, id: str) -> tuple[Turn, ...]:
        self._forget_old()
        with self._reading() as run:
            self._check(run, id)
            columns = ", ".join(("message", *PARTS))
            found = run(f"SELECT {columns} FROM turns WHERE conversation = ? ORDER BY number", id)
        return tuple(
            Turn(
                message, *(adapter(kind).validate_json(part) for kind, part in zip(PARTS.values(), parts, strict=True))
            )
            for message, *parts in found
        )

    def rules(self) -> Iterator[tuple[str, ...]]:
        with self._reading() as run:
            found = run("SELECT rules FROM turns ORDER BY conversation, number")
        return (adapter(tuple[str, ...]).validate_json(rules) for (rules,) in found)

    def forget(self, id: str) -> None:
        with self._writing() as run:
            self._check(run, id)
            run("DELETE FROM conversations WHERE id = ?", id)
        self._clean()

    def _forget_old(self) -> None:
        oldest = self._clock() - self._age
        with self._reading() as run:
            old = run("SELECT id FROM conversations WHERE used < ?", oldest)
        if old:
            with self._writing() as run:
                run("DELETE FROM conversations WHERE used < ?", oldest)
            self._clean()

    def _clean(self) -> None:
        with self._reading() as run:
            for statement in self._kind.clean:
                run(statement)

    def _check(self, run: Run, id: str) -> None:
        if not run("SELECT id FROM conversations WHERE id = ?", id):
            raise UnknownConversation(UNKNOWN)

    @contextmanager
    def _reading(self) -> Iterator[Run]:
        """Statements, each by itself. Raises StoreError where the database fails."""
        with self._connected() as connection:
            yield self._run(connection)

    @contextmanager
    def _writing(self) -> Iterator[Run]:
        """Statements that are done together or not at all, with nobody else writing. Raises StoreError."""
        with self._connected() as connection:
            run = self._run(connection)
            for statement in self._kind.begin:
                run(statement)
            try:
                yield run
            except BaseException:
                connection.rollback()
                raise
            run("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            with closing(self._kind.connect(self._url)) as connection:
                yield connection
        except self._kind.error as cause:
            where = self._url.partition("://")[0]
            raise StoreError(f"the conversations ({where}) cannot be used: {str(cause).splitlines()[0]}") from None

    def _run(self, connection: Any) -> Run:
        def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement.replace("?", self._kind.mark), values)
            return list(cursor.fetchall()) if cursor.description else []

        return run
