"""The contract's promises, over every development question and generated ones, on both sources."""

import re

import pytest
from bots import QUESTIONS, chatbot, replies
from hypothesis import given, settings
from hypothesis import strategies as st

from ragbot.types import Status, numbers_in

SOURCES = ("chapter", "digest")
CITED = re.compile(r"\[(\d+)\]")
WORDS = [
    "empathy",
    "d",
    "k",
    "N",
    "how",
    "is",
    "not",
    "0.85",
    "1,318",
    "Rogers",
    "2019",
    "(",
    "?",
    "withdrawn",
    "…",
    "½",
    "\n",
    "me",
    "[1]",
]


def squeeze(text):
    """White space folded."""
    return " ".join(text.split())


def faults(bot, question, reply):
    """What of the promises a reply breaks, in words."""
    found = []
    for item in reply.evidence:
        spoken = " ".join(bot.index.documents[item.document].text[a:b] for a, b in item.spans)
        if not item.spans or squeeze(spoken) != squeeze(item.quote):
            found.append(f"[{item.number}] is not verbatim at its spans")
    held = " ".join(" ".join((e.quote, e.locator, *e.references)) for e in reply.evidence)
    held += " " + " ".join((question, *(notice.text for notice in reply.notices)))
    stray = numbers_in(CITED.sub(" ", reply.text)) - numbers_in(held)
    if stray:
        found.append(f"numbers {sorted(stray)} stand in no quote")
    order = list(dict.fromkeys(int(n) for n in CITED.findall(reply.text) if int(n) <= len(reply.evidence)))
    if [item.number for item in reply.evidence] != list(range(1, len(reply.evidence) + 1)):
        found.append("the evidence is not numbered 1 to n")
    if order != [item.number for item in reply.evidence]:
        found.append(f"citations come in the order {order}")
    for figure in reply.figures:
        quote = reply.evidence[figure.evidence - 1].quote
        found += [f"{v} is not in the row" for v in (figure.value, figure.k, figure.n) if v and v not in quote]
    if reply.status in (Status.ANSWERED, Status.PARTIAL) and not reply.evidence:
        found.append("an answer without evidence")
    if reply.status is Status.NOT_COVERED and reply.evidence:
        found.append("evidence for what is not covered")
    return found


@pytest.mark.skipif(not QUESTIONS.is_file(), reason="no ../shared/eval/dev.jsonl beside this checkout")
@pytest.mark.parametrize("source", SOURCES)
def test_every_development_question_keeps_the_promises(source):
    """Verbatim quotes, traced numbers, citations in order, figures as printed: in every reply."""
    bot = chatbot(source)
    broken = {
        (case, question): bad for case, question, reply in replies(source) if (bad := faults(bot, question, reply))
    }
    assert broken == {}


@pytest.mark.skipif(not QUESTIONS.is_file(), reason="no ../shared/eval/dev.jsonl beside this checkout")
@pytest.mark.parametrize("source", SOURCES)
def test_the_same_question_gives_the_same_reply(source):
    """Asked again in a new conversation, a first question gets the same reply, ids and times aside."""
    bot, seen = chatbot(source), set()
    for case, question, reply in replies(source):
        if case in seen:
            continue
        seen.add(case)
        again = bot.ask(question)
        assert (again.text, again.evidence, again.status) == (reply.text, reply.evidence, reply.status), case


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=12), min_size=1, max_size=12).map(" ".join))
def test_any_text_gets_a_reply_that_keeps_the_promises(text):
    """Whatever is typed, there is a reply, and it keeps the promises."""
    bot = chatbot("digest")
    if text.strip():
        assert faults(bot, text, bot.ask(text)) == []


def test_identifying_details_are_never_repeated():
    """A telephone number or a record number in a message stands nowhere in the reply, which says why."""
    reply = chatbot("digest").ask("Her number is 555-0102, MRN 2291840. What is the effect of empathy?")
    assert "555" not in reply.text and "2291840" not in reply.text
    assert [notice.kind for notice in reply.notices] == ["privacy"]
    assert "0.58" in reply.text


def test_identifying_details_are_not_repeated_in_a_follow_up():
    """How an elliptic question was read is said without the words that were typed."""
    bot = chatbot("digest")
    first = bot.ask("How strong is the evidence on empathy?")
    reply = bot.ask("and for my client Anna Smith, 555-0102?", first.conversation_id)
    assert "Anna" not in reply.text and "555" not in reply.text


@pytest.mark.parametrize("source", SOURCES)
def test_the_pack_is_supported_by_both_sources(source):
    """Every lead, caveat and topic of the pack is anchored in this source, and its figures stand there."""
    assert [line for line in chatbot(source).said if "no place" in line or "stands in none" in line] == []


@pytest.mark.parametrize("source", ["second", "soil"])
def test_another_subject_needs_no_line_of_code(source):
    """A text of another field, with a pack or without any, is answered with quotes that keep the promises."""
    bot = chatbot(source)
    passages = [p for p in bot.index.passages if p.kind == "prose"][::3]
    for passage in passages:
        reply = bot.ask(passage.text[:400])
        assert reply.status in (Status.ANSWERED, Status.SAFETY)
        assert faults(bot, passage.text, reply) == []
