"""The scorer: what it counts, and that both doors give the same."""

import json

import pytest
from bots import QUESTIONS, cases, chatbot, replies
from fastapi.testclient import TestClient

from ragbot.errors import SourceError
from ragbot.evaluation import (
    Abstention,
    Lines,
    abstention,
    curve,
    evaluate,
    mean,
    read_cases,
    score_turn,
    separation,
    stated_numbers,
    table,
)
from ragbot.records import adapter
from ragbot.server import create_app
from ragbot.types import Reply


def test_lines_of_spans():
    """A span touches the lines it crosses, blank ones left out, counted from 1."""
    text = "one\n\nthree\nfour\n"
    assert Lines(text).of([(0, 2)]) == {1}
    assert Lines(text).of([(0, 9)]) == {1, 3}
    assert Lines(text).of([(5, 16)]) == {3, 4}


def test_stated_numbers_leave_citations_out():
    """Decimals and numbers of three digits or more count, citation marks and small numbers do not."""
    assert stated_numbers("d = 0.62 [12], 1,318 clients in 11 studies [113]") == {"0.62", "1318"}


def test_a_turn_is_scored_by_what_it_quotes():
    """Recall, precision and must follow the lines quoted and the words of the reply."""
    bot = chatbot("digest")
    reply = bot.ask("effect size of cohesion")
    document = bot.index.documents[reply.evidence[0].document]
    line = min(Lines(document.text).of(reply.evidence[0].spans))
    turn = {"ask": "x", "status": "answered", "gold": [[line], [1_000_000]], "must": ["0.56"], "must_not": ["0.99"]}
    score = score_turn({"id": "a", "kind": "figure", "turns": [turn]}, 1, reply, bot.index.documents)
    assert (score.status, score.recall, score.must, score.quotes, score.numbers, score.passed) == (1, 0.5, 1, 1, 1, 0)
    assert 0 < score.precision < 1


def test_question_sets_are_checked(tmp_path):
    """A line that is no case is named."""
    path = tmp_path / "set.jsonl"
    path.write_text(
        '{"id": "a", "kind": "k", "turns": [{"ask": "q", "status": "answered"}]}\n\n{"id": 1}\n', encoding="utf-8"
    )
    with pytest.raises(SourceError, match="line 3"):
        read_cases(path)


def test_the_table_has_a_line_for_each_kind():
    """The means per kind and over all are printed."""
    bot = chatbot("digest")
    sets = [{"id": "a", "kind": "smalltalk", "turns": [{"ask": "hello", "status": "smalltalk"}]}]
    scores = evaluate(sets, bot.ask, bot.index.documents)
    assert mean(scores, "passed") == 1.0 and mean(scores, "recall") is None
    assert [line.split()[0] for line in table(scores).splitlines()] == [
        "kind",
        "smalltalk",
        "ALL",
        "worked",
        "held",
        "95",
    ]


def test_the_curve_of_abstention():
    """Risk is the share of unanswerable questions among those answered, coverage the share answered at all."""
    judged = [(0.9, True), (0.5, True), (0.1, False), (-0.3, True)]
    assert abstention(judged, 4) == (
        Abstention(0.9, 0.25, 0.0),
        Abstention(0.5, 0.5, 0.0),
        Abstention(0.1, 0.75, pytest.approx(1 / 3)),
        Abstention(-0.3, 1.0, 0.25),
    )
    assert separation(judged) == pytest.approx(2 / 3)


def test_the_curve_is_told_with_where_the_replies_stand():
    """A question of the source and one that has nothing to do with it: each is told as such, and nothing is missed."""
    bot = chatbot("digest")
    asked = {"What is the effect of empathy?": "answered", "What is the capital of Peru?": "not_covered"}
    sets = [{"id": a, "kind": "k", "turns": [{"ask": a, "status": status}]} for a, status in asked.items()]
    told = curve(evaluate(sets, bot.ask, bot.index.documents), sets, lambda a: bot.understanding.understand(a).support)
    assert "the replies      0.50     0.000   0.000 of what the source answers is turned away" in told
    assert "separation by support 1.000 (2 questions)" in told


@pytest.mark.skipif(not QUESTIONS.is_file(), reason="no ../shared/eval/dev.jsonl beside this checkout")
def test_http_and_python_agree_on_every_development_question():
    """POST /chat and the Python API give the same replies, ids and times aside."""
    client = TestClient(create_app(chatbot("chapter")))
    expected = iter(replies("chapter"))
    for case in cases():
        conversation = None
        for turn in case["turns"]:
            body = client.post("/chat", json={"message": turn["ask"], "conversation_id": conversation}).json()
            conversation = body["conversation_id"]
            wanted = json.loads(adapter(Reply).dump_json(next(expected)[2]))
            own = ("conversation_id", "message_id", "timing_ms")
            assert {k: v for k, v in body.items() if k not in own} == {k: v for k, v in wanted.items() if k not in own}


@pytest.mark.skipif(not QUESTIONS.is_file(), reason="no ../shared/eval/dev.jsonl beside this checkout")
def test_the_scores_do_not_fall():
    """On the development questions with the chapter the measures of the first release hold."""
    documents, turns = chatbot("chapter").index.documents, iter(replies("chapter"))
    scores = [
        score_turn(case, n, next(turns)[2], documents) for case in cases() for n in range(1, len(case["turns"]) + 1)
    ]
    limits = ("not_covered", "partial", "safety", "privacy", "smalltalk", "adversarial")
    single = [score for score in scores if score.kind not in ("vignette", "howto", "dialogue")]
    content = [score for score in scores if score.kind not in (*limits, "dialogue")]
    assert all(mean([x for x in scores if x.kind == kind], "status") == 1.0 for kind in ("not_covered", "safety"))
    assert mean([score for score in scores if score.kind in limits], "must") >= 0.98
    assert mean(content, "status") >= 0.96
    assert mean(scores, "quotes") == 1.0 and mean(scores, "numbers") == 1.0
    assert mean(single, "recall") >= 0.85 and mean(single, "precision") >= 0.6


@pytest.mark.skipif(not QUESTIONS.is_file(), reason="no ../shared/eval/dev.jsonl beside this checkout")
def test_retrieval_alone_covers_the_gold():
    """The search's first 400 words cover more gold groups than the best comparable systems (0.589; practice 0.37)."""
    bot = chatbot("chapter")
    document = next(iter(bot.index.documents.values()))
    lines, covered = Lines(document.text), {}
    for case in (case for case in cases() if len(case["turns"]) == 1 and case["turns"][0].get("gold")):
        words, seen = 0, set()
        for hit in bot.search(case["turns"][0]["ask"], 100):
            words += len(document.words(hit.passage.spans).split())
            if words > 400:
                break
            seen |= lines.of(hit.passage.spans)
        practice = case["kind"] in ("vignette", "howto")
        covered.setdefault(practice, []).extend(bool(seen & set(group)) for group in case["turns"][0]["gold"])
    everything = covered[True] + covered[False]
    assert sum(everything) / len(everything) > 0.589
    assert sum(covered[True]) / len(covered[True]) > 0.45
