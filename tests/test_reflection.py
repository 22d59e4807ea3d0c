"""Guided reflection: the sequence of its steps, what is read in an attempt, and what is never said of a person."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from bots import chatbot, encoder
from test_promises import faults

from ragbot.chatbot import Chatbot
from ragbot.composition import Composer, Tried
from ragbot.composition.reflection import compare
from ragbot.conversation import Turn, open_conversations, running
from ragbot.conversation.memory import TURNS
from ragbot.phrases import places, see
from ragbot.rendering import render_plain
from ragbot.sentences import split_sentences
from ragbot.types import Mode, PhraseRule, Reply, Stage
from ragbot.words import plain

LABELLED = yaml.safe_load((Path(__file__).parent / "data" / "attempts.yaml").read_text(encoding="utf-8"))
QUIET = "She went quiet after I asked about the homework and kept looking at the clock. She said it was fine."
PRESSED = "I'd tell her to stop making excuses and face it. There is no need to ask her what she thinks."
MENDED = (
    "I noticed it got quiet after I asked about the homework. I pushed you too hard there, I think. "
    "How was that for you?"
)


JUDGES = PhraseRule(
    id="judges",
    any=(
        r"you( \w+)?('re| are|'ve| have| had| were| did| do| should| must| ought| need| fail\w*| made)",
        r"you( \w+)?( seem\w*| sound\w*| look\w*| handled)",
        r"ineffective (practi|therap)\w+|human reflex|it happens|another look",
        r"(your|you're) (own )?(mistake|fault|failure|error|chair|approach|attempt) (is|was|shows?)",
        r"(well|good|nicely|badly|poorly) (done|job|try|attempt|handled|put)",
        r"(good|great|bad|poor) (attempt|job|work|start)",
    ),
    examples=("you are in large company", "well done", "You should have asked", "your attempt was poor"),
    counterexamples=("the client moves away from you", "how it felt to you", "a good outcome"),
)


@pytest.fixture(scope="module")
def bot() -> Chatbot:
    return chatbot("digest")


class Session:
    """A reflection over a bot."""

    def __init__(self, bot: Chatbot) -> None:
        self.bot, self.id = bot, None

    def say(self, message: str, mode: Mode = Mode.REFLECT) -> Reply:
        reply = self.bot.ask(message, self.id, mode)
        self.id = reply.conversation_id
        return reply

    @property
    def turns(self) -> tuple[Turn, ...]:
        return self.bot.conversations.turns(self.id or "")


def test_attempts_are_read_as_they_were_labelled(bot: Chatbot) -> None:
    """Thirty attempts over at least eight topics, written and labelled without sight of the rules: F1 over moves."""
    assert len(LABELLED) == 30 and len({item["topic"] for item in LABELLED}) >= 8
    right = wrong = missed = 0
    for item in LABELLED:
        read = {seen.what for seen in bot.understanding.moves.read(item["attempt"])}
        labelled = set(item["moves"])
        right, wrong, missed = right + len(read & labelled), wrong + len(read - labelled), missed + len(labelled - read)
    assert 2 * right / (2 * right + wrong + missed) >= 0.85, (right, wrong, missed)


def own_words_out(text: str) -> str:
    """A reply's text without quotes and without what its writer wrote."""
    said = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
    return re.sub(r"(?m)^(- .*?): “.*?”\.", r"\1.", said)


def test_what_a_verdict_sounds_like() -> None:
    """The rule that the tests below look with sees verdicts and nothing else."""
    assert all(places(JUDGES, plain(text)) for text in JUDGES.examples)
    assert not any(places(JUDGES, plain(text)) for text in JUDGES.counterexamples)


def test_leads_that_judge_are_marked(bot: Chatbot) -> None:
    """Whatever speaks to the reader, or judges those who do the like, is kept out of a reflection by its pack."""
    said = {lead.id for lead in bot.index.leads.values() if see(JUDGES, plain(lead.say))}
    marked = {lead.id for lead in bot.index.leads.values() if lead.to_reader}
    assert said and said <= marked
    assert not [move.id for move in bot.index.moves.values() if see(JUDGES, plain(move.say))]


@pytest.mark.parametrize("item", LABELLED, ids=[str(number) for number in range(len(LABELLED))])
def test_feedback_states_nothing_unquoted_and_judges_nobody(bot: Chatbot, item: dict) -> None:
    """Every sentence in a reply to a telling, an attempt and "done" is known to state nothing, or carries a quote."""
    session = Session(bot)
    own = (item["told"], item["attempt"])
    for message in (*own, "done"):
        reply = session.say(message)
        said = own_words_out(reply.text)
        assert see(JUDGES, plain(without_questions(session, said))) is None, said
        loose = [part for part in sentences_in(said) if not re.search(r"\[\d+\]$", part)]
        assert not [part for part in loose if not states_nothing(bot, part)], message
        for quote in reply.evidence:
            text = bot.index.documents[quote.document].text
            assert " ".join(text[a:b] for a, b in quote.spans) == quote.quote
        assert f"[{len(reply.evidence) + 1}]" not in reply.text
        assert sum(len(quote.quote.split()) for quote in reply.evidence) <= bot.rules.cutoffs.quoted_most
    assert {turn.step.stage for turn in session.turns if turn.step} == set(Stage)


def without_questions(session: Session, text: str) -> str:
    """A text without the questions that were asked: of what the client might say, and of what was said."""
    for question in (question for turn in session.turns if turn.step for question in turn.step.questions):
        text = text.replace(question, "")
    return text


def sentences_in(text: str) -> list[str]:
    """The sentences of a reply, each with the citations that follow it; headings left out."""
    lines = [re.sub(r"^\s*(- )?", "", line) for line in text.splitlines()]
    body = [line for line in lines if line and not re.fullmatch(r"\*\*.*\*\*|#+ .*", line)]
    cited = [re.sub(r"([.?!]) ((\[\d+\])+)", r"\2\1", line) for line in body]
    return [
        re.sub(r"((\[\d+\])+)([.?!])$", r"\3 \1", line[slice(*span)].strip())
        for line in cited
        for span in split_sentences(line)
    ]


def states_nothing(bot: Chatbot, sentence: str) -> bool:
    """Whether a sentence is one of the bot's own remarks, in which only names stand in the blanks."""
    remarks = (text.replace("{noun}", bot.composer.noun) for text in bot.rules.responses.remarks.values())
    forms = (re.escape(text[slice(*span)]) for text in remarks for span in split_sentences(text))
    return any(re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", form), sentence) for form in forms) or not re.sub(
        r"[\W_]", "", sentence
    )


def test_the_sequence_is_attempt_evidence_one_question_retry(bot: Chatbot) -> None:
    """First what was heard and one open question, no evidence yet; then evidence, one question and the invitation."""
    session = Session(bot)
    told = session.say(QUIET)
    assert (told.status, told.intent) == ("clarify", "reflection")
    assert told.text.startswith("You describe a client who may have moved away") and not told.evidence
    assert told.reflection == (bot.rules.responses.remarks["try"],)
    first = session.say(PRESSED)
    assert len(first.evidence) > 2 and len(first.reflection) == 1 and first.reflection[0].endswith("?")
    assert "try it once more" in plain(first.text)
    second = session.say(MENDED)
    assert second.reflection[0] != first.reflection[0]
    assert (
        "New since the attempt before: naming the strain, asking for the client's view, owning one's part."
        in second.text
    )
    assert "No longer there: confronting, assuming." in second.text


def test_a_move_is_shown_in_the_words_that_hold_it(bot: Chatbot) -> None:
    """Each move that is read stands beside the words of the attempt, and beside what the source says of it."""
    session = Session(bot)
    session.say(QUIET)
    text = session.say(MENDED).text
    assert "- Naming the strain: “I noticed it got quiet after I asked about the homework”" in text
    assert "- Owning one's part: “I pushed you too hard there, I think”" in text
    assert "- Asking for the client's view: “How was that for you?”" in text


def test_words_are_shown_as_they_were_typed(bot: Chatbot) -> None:
    """Signs that Markdown would read as its own, and what looks like a citation, stay signs."""
    session = Session(bot)
    session.say("# He said *no* [99] and <b>left</b> at half_past_two.")
    attempt = "I'd say: I *noticed* you went quiet [99] when I asked."
    text = session.say(attempt).text
    assert "I \\*noticed\\* you went quiet \\[99\\]" in text and "[99]" not in text
    page = session.say("done")
    assert "> \\# He said \\*no\\* \\[99\\] and \\<b\\>left\\</b\\> at half\\_past\\_two." in page.text
    shown = render_plain(page)
    assert attempt in shown and "# He said *no* [99] and <b>left</b> at half_past_two." in shown


def test_the_question_can_be_traced(bot: Chatbot) -> None:
    """The one question carries the number of the quote that raises it."""
    session = Session(bot)
    session.say(QUIET)
    reply = session.say(PRESSED)
    line = next(line for line in reply.text.splitlines() if reply.reflection[0] in line)
    number = int(line.rsplit("[", 1)[1].rstrip("]"))
    assert "confrontational style" in reply.evidence[number - 1].quote


def test_what_is_expressly_not_done_is_not_read(bot: Chatbot) -> None:
    """A move that the writer rules out is not in the attempt."""
    read = bot.understanding.moves.read("I wouldn't tell her it is her own fault. I'd ask her how she sees it.")
    assert [seen.what for seen in read] == ["asking"]
    assert bot.understanding.moves.read("Rather than confront him about his excuses I would wait.") == ()


def test_no_attempt_goes_without_feedback(bot: Chatbot) -> None:
    """Not even one that holds no move, or says that there is no idea."""
    session = Session(bot)
    session.say(QUIET)
    for attempt in ("I don't know.", "I'd do the breathing exercise with her.", "what is the matter?"):
        reply = session.say(attempt)
        assert reply.intent == "reflection" and reply.evidence and reply.reflection
        assert "**Not in the attempt**" in reply.text


def test_each_retry_brings_something_new(bot: Chatbot) -> None:
    """No lead is said twice, no question asked twice, and quotes that stood before are not written out again."""
    session = Session(bot)
    session.say(QUIET)
    replies = [session.say(PRESSED) for _ in range(4)]
    steps = [turn.step for turn in session.turns if turn.step and turn.step.stage is Stage.ATTEMPT]
    leads = [lead for step in steps for lead in step.leads]
    questions = [question for step in steps for question in step.questions]
    assert len(leads) == len(set(leads)) > 2 and len(questions) == len(set(questions)) == 4
    again = next(quote for quote in replies[0].evidence if "confrontational style" in quote.quote)
    assert again.quote in replies[0].text and again.quote not in replies[1].text
    assert again.spans in [quote.spans for quote in replies[1].evidence]


def test_the_page_to_keep(bot: Chatbot) -> None:
    """It holds what happened, the evidence, the last attempt and the questions, each statement with its quote."""
    session = Session(bot)
    for message in (QUIET, PRESSED, MENDED):
        session.say(message)
    page = session.say("ok, done").text
    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings == [
        "# A reflection beside the chapter",
        "## What happened",
        "## What the evidence says",
        "## What to try",
        "## What to take to supervision",
    ]
    assert f"> {QUIET}" in page and f"> {MENDED}" in page and PRESSED not in page
    assert "In it: naming the strain, asking for the client's view, owning one's part." in page
    asked = [question for turn in session.turns if turn.step for question in turn.step.questions]
    assert asked[0] not in page and asked[1] in page  # confronting is no longer there, so that its question is settled
    assert len(page.split()) < 700
    assert running(session.turns) == ()
    assert session.say("He shouted at me that this is useless.").text.startswith("You describe")


def test_nothing_ends_before_anything_was_told(bot: Chatbot) -> None:
    """Neither at the beginning nor after the page; it is no telling either."""
    session = Session(bot)
    assert session.say("done").text == bot.rules.responses.remarks["nothing_told"]
    session.say(QUIET)
    session.say("done")
    assert session.say("that's it").text == bot.rules.responses.remarks["nothing_told"] and not running(session.turns)


def test_it_can_end_before_any_attempt(bot: Chatbot) -> None:
    """Then the page says so, and has the evidence and a question all the same."""
    session = Session(bot)
    session.say(QUIET)
    page = session.say("that's it")
    assert "No attempt was written down." in page.text and page.evidence


def test_asides_leave_the_reflection_where_it_was(bot: Chatbot) -> None:
    """A question to the source, thanks and a question in the other mode are answered; then the next attempt counts."""
    session = Session(bot)
    session.say(QUIET)
    session.say(PRESSED)
    assert session.say("what does the chapter say about confronting?").intent != "reflection"
    assert session.say("thanks").status == "smalltalk"
    assert session.say("how strong is the evidence on empathy?", Mode.ASK).figures
    assert "New since the attempt before" in session.say(MENDED).text


@pytest.mark.parametrize(
    "question",
    [
        "How strong is cohesion for group outcome?",
        "is it ok to just sit in silence with her?",
        "what would you say to her?",
        "How am I doing?",
        "can you explain what you mean by naming the strain?",
        "you misread me, that's not what I meant",
    ],
)
def test_a_question_or_an_objection_is_no_attempt(bot: Chatbot, question: str) -> None:
    """Nothing is read in it; the reflection waits, and says so."""
    session = Session(bot)
    session.say(QUIET)
    session.say(MENDED)
    reply = session.say(question)
    assert session.turns[-1].step is None and "**In the attempt**" not in reply.text
    words = bot.rules.responses.remarks
    assert words["question_first"] in reply.text or words["misread"] in reply.text
    assert "The same moves as in the attempt before." in session.say(MENDED).text


def test_the_page_keeps_the_attempt_that_counts(bot: Chatbot) -> None:
    """An afterthought without a move does not stand for it, and a real case has its page before any practice."""
    session = Session(bot)
    for message in (QUIET, MENDED, "I don't know what else to say"):
        session.say(message)
    page = session.say("practise")
    assert page.text.startswith("# ") and f"> {MENDED}" in page.text
    assert session.say("practise").text.startswith(bot.index.practice[0].moment)


def test_safety_comes_first(bot: Chatbot) -> None:
    """What was told of a client at risk is no material to practise on; in an attempt the feedback follows."""
    session = Session(bot)
    risk = "My client told me he is going to kill himself tonight."
    assert session.say(risk).status == "safety" and running(session.turns) == ()
    session.say(QUIET)
    reply = session.say(f"I'd ask her how she sees it. {risk}")
    assert reply.status == "safety" and reply.notices[0].kind == "safety"
    assert reply.text.startswith(reply.notices[0].text[:40]) and "**In the attempt**" in reply.text
    reply = session.say(f"I'd ring her on 555-010-4477 and ask how she sees it. {risk}")
    assert [notice.kind for notice in reply.notices] == ["safety", "privacy"] and "4477" not in reply.text


def test_what_may_identify_a_person_is_not_repeated(bot: Chatbot) -> None:
    """Neither in the feedback nor in the page to keep."""
    session = Session(bot)
    session.say("Jane Doe, born 03/04/1985, phone 555-010-4477, went quiet after I asked about the homework.")
    reply = session.say("I'd phone her on 555-010-4477 and say: I think I pushed you too hard. How was that for you?")
    page = session.say("done")
    assert "4477" not in reply.text + page.text and "1985" not in page.text
    assert "Owning one's part:" in reply.text and r"\[name\], \[date of birth\], \[phone number\]" in page.text


def test_what_was_heard_can_be_corrected(bot: Chatbot) -> None:
    """Before the first attempt; what was told stays what happened."""
    session = Session(bot)
    session.say(QUIET)
    corrected = session.say("no, it was more that the whole group fell apart and had no cohesion")
    steps = [turn.step for turn in session.turns if turn.step]
    assert [step.stage for step in steps] == [Stage.TOLD, Stage.TOLD] and "group-cohesion" in steps[1].topics
    assert "withdrawal-rupture" in steps[0].topics and "withdrawal-rupture" not in corrected.topics
    session.say("I'd ask everybody how they see the group.")
    assert f"> {QUIET}" in session.say("done").text


def test_there_are_twelve_moments_to_practise_on(bot: Chatbot) -> None:
    """One for each of twelve topics, given one after the other or by name."""
    practice = bot.index.practice
    assert len({moment.topic for moment in practice}) == len(practice) == 12
    session = Session(bot)
    given = [session.say("another moment to practise, please").text for _ in practice]
    assert [text.split("\n\n")[0] for text in given] == [moment.moment for moment in practice]
    named = session.say("practice: empathy")
    assert named.topics[0] == "empathy" and running(session.turns)[0].step.topics[0] == "empathy"


def test_every_move_rests_on_the_source(bot: Chatbot) -> None:
    """In the digest and in the full text alike; each has questions, examples and a place in both."""
    for source in ("digest", "chapter"):
        moves = chatbot(source).index.moves
        assert {move: moves[move].helps for move in moves} == {
            "naming": True,
            "asking": True,
            "owning": True,
            "confronting": False,
            "blaming": False,
            "assuming": False,
        }
        assert all(move.passages and len(move.questions) > 2 for move in moves.values())


@pytest.mark.parametrize("source", ["soil", "second"])
def test_a_text_without_moves_can_be_reflected_on(source: str) -> None:
    """The engine knows nothing of any subject: without moves, there is what the source says of what happened."""
    session = Session(chatbot(source))
    happened = {"soil": "My tomatoes split after the rain.", "second": chatbot("second").index.passages[3].text}[source]
    for message in (happened, "I would leave it as it is.", "done"):
        reply = session.say(message)
        assert reply.intent == "reflection"
    assert reply.text.startswith("# ") and "I would leave it as it is." in reply.text and reply.evidence
    assert session.turns[1].step.moves == () and session.turns[1].reply.evidence


def test_what_a_text_does_not_speak_of_is_said() -> None:
    """Of a text without moves, an attempt at something else gets that plainly."""
    session = Session(chatbot("second"))
    session.say("The chess club lost its third match and nobody laughed at the buffet.")
    reply = session.say("I would buy another clock.")
    assert (reply.status, reply.evidence) == ("not_covered", ()) and "does not answer this" in reply.text


def test_a_reflection_survives_a_restart(bot: Chatbot, tmp_path: Path) -> None:
    """Kept in a database, its next step may be taken by another process."""
    id = None
    for message in (QUIET, PRESSED, MENDED, "done"):
        kept = open_conversations(f"sqlite:///{tmp_path}/conversations.db", 1.0)
        reply = Chatbot(bot.index, encoder(), conversations=kept).ask(message, id, Mode.REFLECT)
        id = reply.conversation_id
    assert f"> {QUIET}" in reply.text and "In it: naming the strain" in reply.text


def test_the_replies_keep_the_promises(bot: Chatbot) -> None:
    """Verbatim quotes in the order of their numbers, and no number that stands in none, at every step."""
    session = Session(bot)
    for message in (QUIET, PRESSED, "I don't know", MENDED, "done", "practise", MENDED, "that's it"):
        reply = session.say(message)
        assert faults(bot, message, reply) == []


SCRIPT = """
import sys; sys.path.insert(0, "tests")
from bots import chatbot
from ragbot.types import Mode
bot, id = chatbot("soil"), None
for message in ("My tomatoes split after the rain.", "I would mulch them.", "I would leave them be.", "done"):
    reply = bot.ask(message, id, Mode.REFLECT)
    id = reply.conversation_id
    print(reply.text)
"""


def test_reflecting_twice_gives_the_same_bytes(bot: Chatbot) -> None:
    """The same messages give the same replies; in other processes too, whatever order their sets have."""
    first, second = Session(bot), Session(bot)
    for message in (QUIET, PRESSED, MENDED, "done"):
        assert first.say(message).text == second.say(message).text
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] and b"# A reflection" in runs[0]


def test_what_the_source_says_of_a_move_is_said_once(bot: Chatbot) -> None:
    """At a later attempt a move stands by its name; what is warned against is said again."""
    session = Session(bot)
    session.say(QUIET)
    first, second = session.say(PRESSED).text, session.say(PRESSED).text
    moves = bot.index.moves
    assert moves["asking"].say in first and moves["asking"].say not in second
    assert "- Asking for the client's view." in second and moves["confronting"].say in second


def test_moves_are_of_the_packs_that_are_spoken_of(bot: Chatbot) -> None:
    """What happened to a client is not set beside the moves of another pack."""
    (pack,) = bot.index.packs
    other = replace(pack, id="other", topics=(), moves=(replace(pack.moves[0], id="mulching", topics=()),))
    index = copy(bot.index)
    index.packs = (pack, other)
    composer = Composer(index, bot.rules)
    found = compare(composer, bot.reflecting.told(QUIET), Tried("", ()))
    assert "asking" in {move.id for move in found.missed}
    assert "mulching" not in {move.id for move in (*found.missed, *found.rest)}


def test_a_reflection_whose_telling_made_room_begins_anew(bot: Chatbot) -> None:
    """Of a conversation so long that what happened is no longer kept, the next message is taken to tell it."""
    session = Session(bot)
    session.say(QUIET)
    session.say(MENDED)
    for _ in range(TURNS - 1):
        session.say("thanks")
    assert session.say(QUIET).status == "clarify"
    assert [turn.step.stage for turn in running(session.turns) if turn.step] == [Stage.TOLD]


def test_reading_keeps_places(bot: Chatbot) -> None:
    """Each move's place is of the attempt as typed."""
    read = [(seen.what, MENDED[slice(*seen.span)].strip()) for seen in bot.understanding.moves.read(MENDED)]
    assert read == [
        ("naming", "I noticed it got quiet after I asked about the homework."),
        ("owning", "I pushed you too hard there, I think."),
        ("asking", "How was that for you?"),
    ]
