"""What may identify a person is neither repeated nor kept, and what is asked stands in no log, error or file."""

from __future__ import annotations

import logging
import socket
import traceback
from pathlib import Path
from typing import Any

import pytest
from bots import chatbot, encoder
from fastapi.testclient import TestClient
from fixtures_edges import Serve

from ragbot.chatbot import Chatbot
from ragbot.conversation import open_conversations
from ragbot.embedding import Encoder
from ragbot.errors import place_of
from ragbot.index import Index
from ragbot.rules import read_rules
from ragbot.server import create_app
from ragbot.settings import Settings
from ragbot.types import Mode
from ragbot.understanding.privacy import identifying, masked

pytest_plugins = ["fixtures_edges"]

RULES = read_rules().privacy
CANARY = "quixotrazzle"  # a word that stands nowhere else
IDENTIFIERS = ("Ana Ruiz", "555-0102", "ana.ruiz@example.org", "2291840", "3.4.1988", "14 Elm Street", "943 476 5919")
MESSAGE = (
    "Ana Ruiz 555-0102, born 3.4.1988, MRN 2291840, NHS no. 943 476 5919, of 14 Elm Street (ana.ruiz@example.org) "
    "went quiet after I pushed her about the homework."
)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("her number is 555-0102, ok?", "her number is [phone number], ok?"),
        ("My client Anna Smith came late.", "My client [name] came late."),
        ("Tom Barlow, born 3.4.1988, sulks", "[name], [date of birth], sulks"),
        ("MRN 2291840: silence again", "[record number]: silence again"),
        ("Mrs Adele Fry of 14 Mill Lane", "[name] of [address]"),
        ("meine Klientin, Tel. 030 1234567, geboren am 3. Mai 1990", "meine Klientin, [phone number], [date of birth]"),
        ("Elliott et al., 2018, d = 0.58, k = 82, N = 6,138, pp. 399-410", None),
        ("Norcross & Lambert 2019 Psychotherapy 55(4), 303–315, doi 10.1037/pst0000193", None),
        ("Baldwin Imel 2013 and the Working Alliance Inventory 12", None),
        ("what does 0.14 to 0.49 mean across 153 studies from 2004-2018?", None),
    ],
)
def test_what_identifies_is_named_instead(message: str, kept: str | None) -> None:
    """Identifiers give way to their kinds; works, figures and years are none."""
    assert masked(message, identifying(message, RULES)) == (kept or message)


@pytest.mark.parametrize("mode", list(Mode))
def test_identifiers_are_in_no_reply_and_in_nothing_that_is_kept(tmp_path: Path, mode: Mode) -> None:
    """Not in this turn's reply, not in a later one's, not in the conversation, and not in the database's files."""
    url = f"sqlite:///{tmp_path / 'kept.db'}"
    bot = Chatbot(chatbot("digest").index, encoder(), conversations=open_conversations(url, 1))
    client = TestClient(create_app(bot))
    said, id = "", None
    for message in (MESSAGE, "I'd ask Ana Ruiz 555-0102 how that was for her.", "why?", "summarise what we covered"):
        reply = client.post("/chat", json={"message": message, "mode": mode, "conversation_id": id})
        said, id = said + reply.text, reply.json()["conversation_id"]
    kept = client.get(f"/conversations/{id}").text
    assert "[phone number]" in kept and "privacy" in said
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"went quiet" in files
    for words in IDENTIFIERS:
        assert words not in said and words not in kept and words.encode() not in files, words


def strings(route: dict[str, Any], schemas: dict[str, Any]) -> dict[str, str]:
    """A body for a route in which every field that takes text holds the canary."""
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = schemas.get(body.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    return {name: CANARY for name, field in fields.items() if "$ref" not in field and name != "conversation_id"}


def test_what_is_asked_is_in_no_log_error_or_file(
    bread_index: Index,
    minilm: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A canary goes through every route, through messages that are refused, and through a crash in each step."""
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    app = create_app(Chatbot(bread_index, minilm))
    client = TestClient(app, raise_server_exceptions=False)
    described = client.get("/openapi.json").json()
    asked = set()
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            where = path.replace("{id}", CANARY)
            body = strings(route, described["components"]["schemas"])
            asked.add(client.request(method, where, params={"q": CANARY, "k": 2}, json=body or None).status_code)
    assert {200, 404} <= asked
    refused = (
        {"message": CANARY * 500},
        {"message": CANARY, "mode": CANARY},
        {"message": [CANARY]},
        {"message": CANARY, "conversation_id": CANARY},
    )
    for body in refused:
        response = client.post("/chat", json=body)
        assert response.status_code in (404, 422) and CANARY not in response.text
    torn = client.post("/chat", content=f'{{"message": "{CANARY}', headers={"Content-Type": "application/json"})
    assert torn.status_code == 400 and CANARY not in torn.text

    def fail(*arguments: object, **options: object) -> None:
        raise ValueError(f"{CANARY}: {arguments}")

    for step in ("understanding", "composer", "conversations"):
        broken = Chatbot(bread_index, minilm)
        client = TestClient(create_app(broken), raise_server_exceptions=False)
        with monkeypatch.context() as patch:
            patch.setattr(type(getattr(broken, step)), "__getattribute__", fail)
            response = client.post("/chat", json={"message": CANARY})
        assert response.status_code == 500 and CANARY not in response.text
    out, err = capfd.readouterr()
    assert "failed: ValueError at" in caplog.text
    logged = logging.Formatter("%(message)s")
    own = "\n".join(logged.format(record) for record in caplog.records if not record.name.startswith("httpx"))
    assert CANARY not in out + err + own
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_crash_of_the_command_line_is_one_line(run: Any, own_bread: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the kind and place of what went wrong, and no word of what was asked."""

    def fail(self: Chatbot, message: str, *rest: object) -> None:
        raise ValueError(message)

    monkeypatch.setattr(Chatbot, "ask", fail)
    code, out, err = run("ask", f"How long do I knead the {CANARY}?")
    assert code == 1 and "ValueError at" in err and "Traceback" not in err
    assert CANARY not in out + err


CRASHES = """
from ragbot.chatbot import Chatbot
from ragbot.cli import main

def fail(self, message, *rest):
    raise ValueError(message)

Chatbot.ask = fail
main()
"""


def test_a_crash_of_a_served_process_is_one_line_too(own_bread: Settings, serve: Serve) -> None:
    """Neither what is answered nor what the process prints has a word of what was asked; the next one is heard."""
    service, process = serve("-c", CRASHES)
    for _ in range(2):
        response = service.post("/chat", json={"message": CANARY})
        assert response.status_code == 500 and CANARY not in response.text
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert err.count("failed: ValueError at") == 2
    assert "Traceback" not in err and CANARY not in out + err


def test_the_place_of_an_error_is_told_without_its_words() -> None:
    """Kind, file and line."""
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        assert place_of(error) == f"ValueError at {Path(__file__).name}:{line}"


@pytest.mark.parametrize(
    "call", [lambda: socket.create_connection(("192.0.2.1", 9), 0.2), lambda: socket.getaddrinfo("example.org", 80)]
)
def test_the_suite_runs_without_a_network(call: Any) -> None:
    """Connections and look-ups that lead off this machine are refused in every test."""
    with pytest.raises(OSError, match="is not on this machine"):
        call()
