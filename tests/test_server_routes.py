"""The other routes, and that the service, Python and many threads at once all give the same reply."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from fixtures_edges import Serve
from test_server import QUESTIONS, VARYING, ask, client, same

from ragbot.chatbot import Chatbot
from ragbot.index import Index
from ragbot.notebook import Ragbot
from ragbot.records import adapter
from ragbot.settings import Settings
from ragbot.types import Reply

pytest_plugins = ["fixtures_edges"]
__all__ = ["client"]


def test_search_ranks(client: TestClient) -> None:
    """The passage that says it comes first, scores fall from 1 to 0, and k bounds their number."""
    found = client.get("/search", params={"q": "steam keeps the surface soft"}).json()
    assert found[0]["quote"] == "Steam in the first minutes keeps the surface soft, so the loaf opens well."
    assert (found[0]["section"], found[0]["locator"], found[0]["kind"]) == (["Crust"], "Crust, par. 1", "prose")
    scores = [item["score"] for item in found]
    assert scores == sorted(scores, reverse=True) and 1 >= scores[0] > scores[-1] >= 0
    assert all(0 <= item[part] <= 1 for item in found for part in ("dense", "lexical", "known"))
    first = client.get("/search", params={"q": "steam keeps the surface soft", "k": 2}).json()
    assert first == found[:2]


def test_search_finds_no_reference_for_a_question_of_content(client: TestClient) -> None:
    """An entry of the reference list is never among the passages, even asked in its own words."""
    found = client.get("/search", params={"q": "Ten minutes at the bench, Journal of Dough", "k": 100}).json()
    assert {item["kind"] for item in found} == {"prose", "table row"}


def test_the_routes_tell_what_is_in_the_index(client: TestClient, bread_index: Index) -> None:
    """Documents with their length, topics with their neighbours."""
    text = client.get("/documents/bread-digest/text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text.startswith("# On Bread\n\nAda Miller\n")
    listed = [{"id": "bread-digest", "title": "On Bread", "characters": len(text.text)}]
    assert client.get("/documents").json() == listed
    assert client.get("/topics").json() == [
        {"id": "kneading", "name": "kneading the dough", "related": ["proofing"]},
        {"id": "proofing", "name": "letting the dough rise", "related": ["kneading"]},
    ]


def test_health_and_readiness(client: TestClient, bread_index: Index) -> None:
    """Alive is alive; ready names the index that answers."""
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "index_id": bread_index.id}


def test_the_description_of_the_service_builds(client: TestClient) -> None:
    """The OpenAPI document lists the routes, and the reply's fields as required."""
    described = client.get("/openapi.json").json()
    routes = {"/chat", "/search", "/documents", "/documents/{id}/text", "/topics", "/healthz", "/readyz"}
    assert routes <= set(described["paths"])
    assert set(described["components"]["schemas"]["Reply"]["required"]) == set(ask(client, "hello"))
    assert client.get("/docs").status_code == 200


# ---------------------------------------------------------------- the same reply


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_question_gives_the_same_bytes(client: TestClient, question: str) -> None:
    """Asked again, a question is answered byte for byte alike, ids and timing aside."""
    assert same(ask(client, question)) == same(ask(client, question))


def test_python_and_http_give_the_same_reply(client: TestClient, own_bread: Settings) -> None:
    """The Python face over the same index answers with every field as the route does."""
    bot = Ragbot(index=own_bread.index)
    assert repr(bot) == f"Ragbot(On Bread; index {bot.chatbot.index.id}, 16 passages)"
    for question in QUESTIONS:
        reply = json.loads(adapter(Reply).dump_json(bot.ask(question)))
        assert same(reply) == same(ask(client, question))


def test_python_and_http_go_on_with_a_conversation_alike(client: TestClient, own_bread: Settings) -> None:
    """The turns of a conversation agree too, and the Python one keeps its id by itself."""
    talk, id, ids = Ragbot(index=own_bread.index).conversation(), None, set()
    for question in ("Is a slow rise better than a fast one?", "And how strong is that?", "thanks"):
        reply = talk.ask(question)
        served = ask(client, question, conversation_id=id)
        id, ids = served["conversation_id"], ids | {reply.conversation_id}
        assert same(json.loads(adapter(Reply).dump_json(reply))) == same(served)
    assert ids == {talk.id}


def test_python_and_http_reflect_alike(client: TestClient, own_bread: Settings) -> None:
    """Each step of a guided reflection agrees, from what happened to the page to keep."""
    reflection, id = Ragbot(index=own_bread.index).reflect(), None
    for message in ("My dough would not rise and I was cross with it.", "I'd leave it in the cold.", "done"):
        reply = reflection.ask(message)
        served = ask(client, message, conversation_id=id, mode="reflect")
        id = served["conversation_id"]
        assert served["intent"] == "reflection"
        assert same(json.loads(adapter(Reply).dump_json(reply))) == same(served)
    assert served["text"].startswith("# A reflection beside the")


def test_a_mode_that_is_not_there_is_refused(client: TestClient) -> None:
    """With a problem that names the field."""
    response = client.post("/chat", json={"message": "hello", "mode": "dream"})
    assert response.status_code == 422 and "mode" in response.json()["title"]


def test_the_page_of_the_reflection_brings_nothing_from_elsewhere(client: TestClient) -> None:
    """It and what it loads come from the service, no script stands in it, and its policy allows nothing else."""
    page = client.get("/reflect")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    loads = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert sorted(loads) == ["/page/reflect.css", "/page/reflect.js"]
    assert all(client.get(path).status_code == 200 for path in loads)
    texts = [page.text, *(client.get(path).text for path in loads)]
    assert not any("://" in text or "innerHTML" in text for text in texts)
    assert "<script>" not in page.text and " on" not in re.sub(r">[^<]*<", "", page.text)


def test_many_at_once_get_the_same_replies_as_alone(client: TestClient) -> None:
    """Sixteen threads that ask different things at once each get the reply that the question gets alone."""
    alone = [same(ask(client, question)) for question in QUESTIONS]
    asked = [number % len(QUESTIONS) for number in range(64)]
    with ThreadPoolExecutor(16) as threads:
        replies = list(threads.map(lambda number: ask(client, QUESTIONS[number]), asked))
    assert [same(reply) for reply in replies] == [alone[number] for number in asked]
    assert len({reply[name] for reply in replies for name in VARYING[:2]}) == 128


def test_a_conversation_does_not_leak_into_another(baker: Chatbot, client: TestClient) -> None:
    """A follow-up without an id is read as if nothing had been asked before."""
    fresh = same(ask(client, "And how strong is that?"))
    ask(client, "Is a slow rise better than a fast one?")
    assert same(ask(client, "And how strong is that?")) == fresh


def test_the_service_tells_what_it_is_for(client: TestClient, bread_index: Index) -> None:
    """Intended use, what it is not, how each of the four criteria is met, sources and versions."""
    told = client.get("/about").json()
    assert "not a medical device" in " ".join(told["about"]["is_not"])
    assert len(told["about"]["criteria"]) == 4 and all(item["met"] for item in told["about"]["criteria"])
    assert [source["id"] for source in told["sources"]] == ["bread-digest"]
    assert told["versions"]["index"] == bread_index.id


# ---------------------------------------------------------------- processes


def test_serve_answers_and_ends(own_bread: Settings, serve: Serve) -> None:
    """The command listens on this machine, answers over a real connection, logs no question, and stops when told."""
    service, process = serve()
    assert service.post("/chat", json={"message": "How long do I knead?"}).json()["status"] == "answered"
    process.terminate()
    out, err = process.communicate(timeout=30)
    assert "knead" not in out + err
    assert "Traceback" not in err


def test_importing_ragbot_loads_nothing_heavy() -> None:
    """`import ragbot`, and naming its version, load none of the libraries; `Ragbot` is there all the same."""
    heavy = ("torch", "faiss", "fastapi", "sentence_transformers", "yaml", "numpy", "pydantic", "bm25s", "typer")
    code = f"import sys, ragbot; ragbot.__version__; print([m for m in {heavy} if m in sys.modules], dir(ragbot))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("[] ")
    import ragbot

    assert ragbot.Ragbot is Ragbot
    with pytest.raises(AttributeError, match="no attribute 'Bot'"):
        _ = ragbot.Bot  # type: ignore[attr-defined]
