"""The HTTP face: the contract's fields and routes, errors as problem+json, and that all faces agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from bots import chatbot
from fastapi.testclient import TestClient
from fixtures_edges import Build, written

from ragbot.chatbot import Chatbot
from ragbot.embedding import Encoder
from ragbot.index import open_index
from ragbot.server import create_app
from ragbot.settings import Settings

pytest_plugins = ["fixtures_edges"]

TYPES = {
    "conversation_id": str, "message_id": str, "status": str, "intent": str, "topics": list, "text": str,
    "evidence": list, "figures": list, "caveats": list, "gaps": list, "reflection": list, "suggestions": list,
    "notices": list, "read_as": (str, type(None)), "index_id": str, "timing_ms": dict,
}  # fmt: skip
EVIDENCE = {
    "number": int, "quote": str, "spans": list, "document": str, "section": list, "locator": str, "references": list,
    "score": float,
}  # fmt: skip
FIGURE = ("label", "measure", "value", "k", "n", "strength", "evidence")
QUESTIONS = (
    "How long do I knead?",
    "Is a slow rise better than a fast one?",
    "How strong is the evidence on slow proofing?",
    "What is gluten?",
    "hello",
    "Who won the chess match?",
)
VARYING = ("conversation_id", "message_id", "timing_ms")


@pytest.fixture(scope="module")
def client(baker: Chatbot) -> Iterator[TestClient]:
    """The application over the bread corpus."""
    with TestClient(create_app(baker), raise_server_exceptions=False) as opened:
        yield opened


def ask(client: TestClient, message: str, **fields: Any) -> dict[str, Any]:
    """The reply to a message."""
    response = client.post("/chat", json={"message": message, **fields})
    assert response.status_code == 200, response.text
    return dict(response.json())


def same(reply: dict[str, Any]) -> bytes:
    """What must be the same of a reply whenever the question is asked, as bytes."""
    return json.dumps({name: value for name, value in reply.items() if name not in VARYING}).encode()


def squeezed(text: str) -> str:
    return " ".join(text.split())


def problem(response: httpx.Response, status: int) -> str:
    """The title of an error, which is problem+json and tells nothing of the code."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert not any(word in response.text for word in ("Traceback", 'File \\"', ".py", "Error("))
    title = response.json()["title"]
    assert isinstance(title, str) and title
    return title


# ---------------------------------------------------------------- POST /chat


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_reply_has_every_field_with_its_type(client: TestClient, question: str) -> None:
    """Whatever is asked, all of the contract's fields are there, in order, and no other."""
    reply = ask(client, question)
    assert list(reply) == list(TYPES)
    assert [name for name, kind in TYPES.items() if not isinstance(reply[name], kind)] == []
    assert {"total"} < set(reply["timing_ms"])
    for number, item in enumerate(reply["evidence"], 1):
        assert list(item) == list(EVIDENCE)
        assert [name for name, kind in EVIDENCE.items() if type(item[name]) is not kind] == []
        assert item["number"] == number and f"[{number}]" in reply["text"]
    numbers = {item["number"] for item in reply["evidence"]}
    assert all(tuple(figure) == FIGURE and figure["evidence"] in numbers for figure in reply["figures"])
    assert all(list(caveat) == ["text", "evidence"] for caveat in reply["caveats"])
    assert all(note["evidence"] in numbers | {None} for note in reply["caveats"])
    assert all(list(notice) == ["kind", "text"] for notice in reply["notices"])


def test_figures_are_as_printed_in_the_row(client: TestClient) -> None:
    """Statistics carry the values of the table's row and the number of the quote that holds them."""
    reply = ask(client, "How strong is the evidence on slow proofing?")
    quotes = {item["number"]: item for item in reply["evidence"]}
    values = {figure["measure"]: figure for figure in reply["figures"] if figure["label"] == "Slow proofing"}
    assert (values["r"]["value"], values["d"]["value"]) == ("0.35", "0.75")
    assert (values["d"]["k"], values["d"]["n"], values["d"]["strength"]) == ("30", "5,020", "Demonstrably effective")
    assert quotes[values["d"]["evidence"]]["locator"] == "Table 1, row Slow proofing"
    assert "5,020" in quotes[values["d"]["evidence"]]["quote"]


@pytest.mark.parametrize("question", QUESTIONS[:4])
def test_spans_slice_the_document_into_the_quote(client: TestClient, question: str) -> None:
    """The ranges of a quote, in the text that the service gives out, joined by a space, are the quote."""
    evidence = ask(client, question)["evidence"]
    assert evidence
    for item in evidence:
        text = client.get(f"/documents/{item['document']}/text").text
        assert squeezed(" ".join(text[start:end] for start, end in item["spans"])) == squeezed(item["quote"])


def test_spans_count_in_the_file_itself(own_bread: Settings, build: Build, minilm: Encoder) -> None:
    """A file's own line ends and signs beyond the basic plane are given out as they are, and spans count in them."""
    data = "# Öfen 🍞\r\n\r\nDie 🥖 isst man warm.\r\n\r\n## Glut\r\n\r\nA 🥐 oven needs\r\nbeech wood.\r\n"
    build(written(own_bread.local / "ofen.md", data))
    client = TestClient(create_app(Chatbot(open_index(own_bread.index), minilm)))
    text = client.get("/documents/ofen/text").content.decode("utf-8")
    assert text == data
    best = client.get("/search", params={"q": "oven beech wood"}).json()[0]
    assert [text[start:end] for start, end in best["spans"]] == ["A 🥐 oven needs\r\nbeech wood."]


def test_a_conversation_goes_on_until_it_is_forgotten(client: TestClient) -> None:
    """The id that a reply gives goes on with its conversation, which can be read; forgotten, it is unknown."""
    id = ask(client, "How long do I knead?")["conversation_id"]
    second = ask(client, "hello", conversation_id=id)
    assert second["conversation_id"] == id
    turns = client.get(f"/conversations/{id}").json()
    assert [turn["message"] for turn in turns] == ["How long do I knead?", "hello"]
    assert turns[1]["reply"] == second
    problem(client.get("/conversations/none"), 404)
    assert client.delete(f"/conversations/{id}").status_code == 204
    assert "No such conversation" in problem(
        client.post("/chat", json={"message": "hello", "conversation_id": id}), 404
    )
    problem(client.delete(f"/conversations/{id}"), 404)


def test_sixteen_conversations_at_once_never_meet() -> None:
    """Asked in turn and by threads at once, each of sixteen conversations goes as it does alone."""
    starts = ("figures for compost", "figures for drip watering", "figures for companion planting", "what is loam")
    later = ("and how many trials?", "why?", "and compared with compost?")
    client = TestClient(create_app(chatbot("soil")))

    def talk(start: str) -> list[str]:
        first = ask(client, start)
        return [first["text"], *(ask(client, x, conversation_id=first["conversation_id"])["text"] for x in later)]

    alone = {start: talk(start) for start in starts}
    assert len({tuple(said) for said in alone.values()}) == len(starts)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(talk, starts * 4)) == [alone[start] for start in starts] * 4
    ids = [ask(client, start)["conversation_id"] for start in starts * 4]
    turns = [[ask(client, x, conversation_id=id)["text"] for id in ids] for x in later]
    assert [list(said) for said in zip(*turns, strict=True)] == [alone[start][1:] for start in starts] * 4


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "hello", "temperature": 1}, "temperature"),
        ({"message": ""}, "empty"),
        ({"message": " \n"}, "empty"),
        ({"message": "a" * 4001}, "4000 characters"),
        ({}, "message"),
        ({"message": None}, "message"),
        ({"message": ["hello"]}, "message"),
        ({"message": "hello", "mode": "preach"}, "mode"),
        ({"message": "hello", "conversation_id": 7}, "conversation_id"),
        (["hello"], "request"),
    ],
)
def test_a_request_that_cannot_be_taken_is_422(client: TestClient, body: object, said: str) -> None:
    """An unknown field, no message, one that is too long or of another type: the title says which."""
    assert said in problem(client.post("/chat", json=body), 422)


def test_half_a_character_is_refused(client: TestClient) -> None:
    """A message that is no text in any encoding is the asker's fault, not the service's."""
    body = b'{"message": "How long do I knead \\ud83c?"}'
    problem(client.post("/chat", content=body, headers={"content-type": "application/json"}), 422)


@pytest.mark.parametrize("body", [b"How long?", b'{"message": "How', b"", b"\xff\xfe", b'{"message": "\xff"}'])
def test_a_request_that_is_no_json(client: TestClient, body: bytes) -> None:
    """What is not JSON is 400, and no body at all is a message missing."""
    response = client.post("/chat", content=body, headers={"content-type": "application/json"})
    problem(response, 400 if body else 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/documents/none/text", 404),
        ("GET", "/documents/..%2f..%2fetc/text", 404),
        ("DELETE", "/conversations/none", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/chat", 405),
        ("DELETE", "/search", 405),
        ("GET", "/search", 422),
        ("GET", "/search?q=", 422),
        ("GET", "/search?q=dough&k=0", 422),
        ("GET", "/search?q=dough&k=101", 422),
        ("GET", "/search?q=dough&k=many", 422),
    ],
)
def test_what_is_not_there_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    """Unknown routes, documents and conversations, wrong methods and bounds of k are problem+json."""
    problem(client.request(method, path), status)


def test_a_fault_of_the_service_shows_nothing_of_it(bread_index: Any, minilm: Encoder) -> None:
    """An exception inside is a 500 in plain words."""
    broken = Chatbot(bread_index, minilm)
    broken.composer = None  # type: ignore[assignment]
    client = TestClient(create_app(broken), raise_server_exceptions=False)
    title = problem(client.post("/chat", json={"message": "How long do I knead?"}), 500)
    assert title.startswith("Something went wrong")
    assert client.get("/healthz").status_code == 200
