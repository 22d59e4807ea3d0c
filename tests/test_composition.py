"""What is said, by kind of question, and what it rests on."""

from dataclasses import replace

import pytest
from bots import chatbot

from ragbot.composition.works import entries_before
from ragbot.types import Intent, Status


@pytest.fixture(scope="module")
def ask():
    return chatbot("digest").ask


def test_a_figure_is_given_as_printed(ask):
    """A row's statistics come as the table prints them, as a line and as records that point to the row."""
    reply = ask("d for empathy?")
    assert reply.text.startswith(
        "- Empathy: r = 0.28, d = 0.58; k = 82 studies, N = 6,138; rated demonstrably effective. [1]"
    )
    assert [(f.measure, f.value, f.k, f.n, f.evidence) for f in reply.figures] == [
        ("r", "0.28", "82", "6,138", 1),
        ("d", "0.58", "82", "6,138", 1),
    ]
    assert reply.evidence[0].locator == "Table 21.1, row Empathy"


def test_a_blank_cell_stays_blank(ask):
    """Where the table gives no value, the reply says so, the record is null, and the prose figure is quoted."""
    reply = ask("effect size of positive regard")
    assert ("d", None) in [(f.measure, f.value) for f in reply.figures]
    assert any("leaves d blank" in caveat.text and "d = 0.57" in caveat.text for caveat in reply.caveats)


def test_a_range_stays_a_range(ask):
    """A range is neither averaged nor cut."""
    assert "d = 0.14–0.49" in ask("effect size of collecting client feedback").text


def test_a_marked_cell_brings_its_note(ask):
    """The N that counts therapists comes with the table's own note."""
    reply = ask("N for managing countertransference")
    assert "392*" in reply.text
    assert any(item.locator == "Table 21.1, note" for item in reply.evidence)


def test_a_comparison_gives_both_figures_the_larger_first(ask):
    """Two rows stand side by side, and the limits of comparing them belong to the reply."""
    reply = ask("Is goal consensus stronger than collaboration?")
    assert reply.text.startswith("Collaboration stands at d = 0.61 and Goal consensus at d = 0.49. [1][2]")
    assert any("added together" in caveat.text for caveat in reply.caveats)


def test_how_things_differ_in_kind_is_said_without_their_figures(ask):
    """Two things told apart are each said to be what they are; a measure that is asked for brings the figures back."""
    reply = ask("What is the difference between collaboration and goal consensus?")
    assert "active part" in reply.text and "agree on what they are aiming at" in reply.text
    assert "stands at" not in reply.text and reply.caveats == ()
    assert "d = 0.61" in ask("What is the difference in d between collaboration and goal consensus?").text


def test_two_questions_in_one_message_are_both_answered(ask):
    """The second is read in the light of the first, nothing is quoted twice, and no more than in any reply."""
    reply = ask("What is the difference between collaboration and goal consensus, and which has more studies?")
    assert reply.status is Status.ANSWERED
    assert "active part" in reply.text and "k = 54" in reply.text
    assert "collaboration and goal consensus" in reply.read_as
    places = [(item.document, item.spans) for item in reply.evidence]
    assert len(set(places)) == len(places)
    assert sum(len(item.quote.split()) for item in reply.evidence) <= 400
    texts = [caveat.text for caveat in reply.caveats]
    assert len(set(texts)) == len(texts)


def test_of_two_questions_the_one_without_an_answer_is_named(ask):
    """What is covered is answered and the rest named, not repeated; where neither is covered, nothing is quoted."""
    reply = ask("Should I say my regard aloud, and who won the chess title in Riga?")
    assert reply.status is Status.PARTIAL and reply.evidence
    assert reply.text.startswith("The chapter does not answer your second question.")
    assert ask("Who won the chess title, and will it rain in Oslo?").status is Status.NOT_COVERED


def test_a_later_question_goes_on_with_the_second_of_two(ask):
    """What was asked last is what "it" means."""
    first = ask("What is empathy, and how strong is cohesion in groups?")
    later = chatbot("digest").ask("how many studies is that?", first.conversation_id)
    assert "55 studies" in later.text


def test_a_ranking_is_in_order(ask):
    """The rows come from the largest, or from the smallest where that is asked, by the measure that is asked for."""
    top = ask("top three elements by effect size")
    assert [f.value for f in top.figures if f.measure == "d"] == ["0.85", "0.84", "0.80"]
    last = ask("bottom 2 by number of studies")
    assert [f.k for f in last.figures if f.measure == "r"] == ["9", "11"]


def test_rows_that_are_named_are_ranked_among_themselves(ask):
    """A ranking of some elements is of those and no others."""
    reply = ask("Rank empathy, cohesion and collaboration, largest first")
    assert [f.value for f in reply.figures if f.measure == "d"] == ["0.61", "0.58", "0.56"]


def test_a_list_is_quoted_item_by_item(ask):
    """What should be avoided comes as its six items."""
    reply = ask("What should a therapist avoid? Give me the full list.")
    assert sum(", item " in item.locator for item in reply.evidence) == 6


def test_a_work_is_given_as_its_entry(ask):
    """A work that is named is quoted from the reference list, with a sentence that cites it."""
    reply = ask("Full reference for Tryon et al., 2019")
    assert reply.evidence[0].quote.startswith("Tryon, G. S., Birch, S. E., & Verkuilen, J. (2019).")
    assert reply.evidence[0].locator == "References, entry 60"
    assert "Tryon et al., 2019" in reply.evidence[1].quote


def test_a_citation_without_an_entry_is_said_to_be_one(ask):
    """Where the list has no such entry, the reply says so and shows the nearest."""
    reply = ask("Which entry is Wampold et al., 2012?")
    assert "no entry with just these authors" in reply.text
    assert "Humanism" in reply.evidence[0].quote


def test_works_are_found_by_what_they_are_about(ask):
    """Who is behind a finding is answered with the entries that its sentence cites."""
    reply = ask("which study is cited for the effect of the real relationship?")
    assert any(item.quote.startswith("Gelso, C. J., Kivlighan") for item in reply.evidence)


def test_no_work_is_taken_from_another_topic(ask):
    """Where the source cites none for what is asked about, the reply says so; and never cites another's."""
    reply = ask("who did the meta-analysis on cohesion?")
    assert "cites no work for cohesion in group therapy alone" in reply.text
    assert not any(item.locator.startswith("References") for item in reply.evidence)
    assert any(
        item.quote.startswith("Eubanks") for item in ask("who did the meta-analysis on mending ruptures").evidence
    )


@pytest.mark.parametrize(
    ("question", "limit"),
    [("effect size of empathy", "association"), ("effect size of emotional expression", "plan")],
)
def test_caveats_are_bound_to_the_answer(ask, question, limit):
    """A figure carries the limit of its kind, and a topic's own limit goes before it; each is quoted."""
    reply = ask(question)
    assert limit in reply.caveats[0].text.lower() or any(limit in c.text.lower() for c in reply.caveats)
    assert all(caveat.evidence for caveat in reply.caveats)


def test_what_the_source_exempts_is_exempt(ask):
    """The two elements tested in trials do not carry the correlational caveat."""
    assert not any("association" in caveat.text for caveat in ask("effect size of repairing alliance ruptures").caveats)


def test_a_definition_is_not_drowned_in_limits(ask):
    """What states no effect carries no caveat."""
    assert ask("What does congruence mean?").caveats == ()
    assert ask("Where did evidence-based practice start?").caveats == ()


def test_a_situation_ends_with_a_question_and_says_what_is_missing(ask):
    """A how-to names what the source does not give and asks the clinician something."""
    reply = ask("how do I handle a withdrawal rupture?")
    assert reply.intent is Intent.HOWTO and reply.gaps and reply.reflection
    assert all(prompt.endswith("?") for prompt in reply.reflection)


def test_what_the_source_does_not_say_is_said(ask):
    """A question from elsewhere is declined plainly, with nothing quoted and something to ask instead."""
    for question in ("will it rain in Oslo tomorrow", "how do I descale a kettle", "who won the chess title"):
        reply = ask(question)
        assert reply.status is Status.NOT_COVERED and reply.evidence == () and reply.suggestions
        assert "does not answer" in reply.text


def test_a_number_of_what_has_no_name_here_is_not_taken_from_a_row(ask):
    """A figure of no topic is given only where a lead is near; one of a topic that has a row is."""
    for question in ("How many people have depression?", "How many psychologists are there in Peru?"):
        reply = ask(question)
        assert reply.status is Status.NOT_COVERED and reply.figures == ()
    assert ask("How many studies are there of empathy?").figures


def test_an_unsure_answer_says_so(ask):
    """Where a topic is named and no lead answers what is asked of it, the nearest is given as no more than that."""
    reply = ask("Does the law in California ask for empathy?")
    assert reply.status is Status.PARTIAL and "may not answer exactly this" in reply.text and reply.evidence
    assert "may not answer" not in ask("What does the chapter say about empathy?").text
    assert ask("Is empathy linked to outcome?").status is Status.ANSWERED


def test_safety_leads(ask):
    """A message in which someone may be at risk is answered with that first, whatever else it asks."""
    reply = ask("He told me he wants to kill himself. What is the effect of empathy?")
    assert reply.status is Status.SAFETY and reply.notices[0].kind == "safety"
    assert reply.text.index("safety may be at stake") < reply.text.index("0.58")


@pytest.mark.parametrize("text", ["???", "e", " . ", "…"])
def test_what_is_no_question_is_asked_back(ask, text):
    """Without a word to go by, the bot asks back with questions to choose from."""
    reply = ask(text)
    assert reply.status is Status.CLARIFY and reply.suggestions


def test_follow_ups_are_answered(ask):
    """Every question that is offered gets an answer."""
    for question in ("what is a rupture?", "effect size of empathy", "hello"):
        for offered in ask(question).suggestions:
            assert ask(offered).status is Status.ANSWERED, offered


def test_a_figure_that_is_not_given_is_said_to_be_missing(ask):
    """Where neither table nor text has a figure for the topic, the reply says so and does not offer another's."""
    reply = ask("how large is the effect of cultural humility?")
    assert reply.status is Status.PARTIAL
    assert "gives no" in reply.text and reply.figures == ()


def test_what_is_given_of_no_topic_is_said_beside_the_answer(ask):
    """Wording is given nowhere: the reply says so and still answers what can be answered."""
    reply = ask("what exactly should I say to a client who has withdrawn?")
    assert reply.status is Status.PARTIAL and reply.text.startswith("The chapter gives no")
    assert reply.evidence


def test_a_rating_taken_for_granted_is_checked(ask):
    """The row's own rating is set against the one in the question."""
    reply = ask("since empathy is only probably effective, should I bother?")
    assert reply.text.startswith("The table rates Empathy demonstrably effective, not probably effective. [1]")


def test_prompts_for_reflection_belong_to_what_is_quoted(ask):
    """One to three questions, of topics that the reply has leads on and quotes of."""
    bot = chatbot("digest")
    reply = ask("He rolled his eyes at my summary and gave one-word answers for the rest of the hour.")
    assert 1 <= len(reply.reflection) <= 3
    topics = [topic for topic in bot.index.topics.values() if set(topic.prompts) & set(reply.reflection)]
    spans = {span for item in reply.evidence for span in item.spans}
    for topic in topics:
        held = [span for i in topic.passages for span in bot.index.by_id[i].spans]
        assert any(a <= start and end <= b for start, end in held for a, b in spans)


def test_a_conversation_is_summed_up_with_its_quotes():
    """What was covered comes back as cited lines, one for each answer, within the words that may be quoted."""
    bot, conversation = chatbot("digest"), None
    for question in ("what is a rupture?", "effect size of empathy?", "sum up what we covered"):
        reply = bot.ask(question, conversation)
        conversation = reply.conversation_id
    lines = [line for line in reply.text.splitlines() if line.startswith("- ")]
    assert len(lines) == 2 and all("[" in line for line in lines)
    assert "0.58" in reply.text and "rupture" in reply.text.lower()


def test_a_work_is_found_by_its_title_and_by_the_answer_before(ask):
    """Content words of a title lead to its entry; a bare question for the source to what the last answer cites."""
    assert "Tryon" in ask("full reference for the meta-analysis on goal consensus").text
    bot = chatbot("digest")
    first = bot.ask("does the alliance with parents matter?")
    cited = {entry for item in first.evidence for entry in item.references}
    reply = bot.ask("source?", first.conversation_id)
    assert {item.quote for item in reply.evidence if item.locator.startswith("References")} & cited


def test_limits_asked_for_are_what_is_answered():
    """ "Any caveats?" gets the limits of what was spoken of, each with its quote, and the figures they belong to."""
    bot = chatbot("digest")
    first = bot.ask("how strong is emotional expression?")
    reply = bot.ask("and the caveats?", first.conversation_id)
    assert reply.intent == "caveat"
    assert "no agreed definition" in reply.text or "one agreed definition" in reply.text
    assert "d = 0.85" in reply.text and len(reply.evidence) > 2


def test_a_figure_of_another_row_is_traced_to_it(ask):
    """A figure that the question gives to one row and the table to another is said to be the other's."""
    assert "In the table 0.61 is the d of Collaboration" in ask("empathy has d = 0.61, right?").text


def test_what_is_said_of_no_such_people_is_owned(ask):
    """A question about some people whom the source does not speak of there is answered in part."""
    reply = ask("How strong is empathy with teenagers?")
    assert reply.status is Status.PARTIAL
    assert "says nothing on empathy for young people in particular" in reply.text


def test_a_reply_is_exempt_from_a_caveat_only_as_a_whole(ask):
    """Beside what the source exempts, what it does not exempt keeps its limit."""
    reply = ask("Is rupture repair stronger than empathy?")
    assert any("association and prediction" in caveat.text for caveat in reply.caveats)
    alone = ask("d for rupture repair?")
    assert not any("association and prediction" in caveat.text for caveat in alone.caveats)


def test_works_that_most_topics_of_a_conversation_cite_come_first():
    """Asked for works after an answer, those that most of what was spoken of cites come before the answer's others."""
    index = chatbot("digest").index
    document = next(iter(index.documents.values()))
    bordin = next(entry.text for entry in document.references if entry.text.startswith("Bordin"))
    query = chatbot("digest").understanding.understand("who do I cite?")
    query = replace(query, about=("alliance-definition", "goal-consensus", "collaboration"), works=(bordin,))
    found = [document.references[n].names[0] for n in entries_before(index, document, query)]
    assert found[:2] == ["tryon", "bordin"]
    assert entries_before(index, document, replace(query, works=())) == []


def test_yes_takes_up_the_offer(ask):
    """Yes is read as the first question that the last reply offered, said back; without an offer it is none."""
    bot = chatbot("digest")
    first = bot.ask("how strong is empathy")
    taken = bot.ask("yes please", first.conversation_id)
    assert taken.read_as == f"Read as: {first.suggestions[0]}" and taken.status is Status.ANSWERED
    assert [quote.spans for quote in ask(first.suggestions[0]).evidence] == [quote.spans for quote in taken.evidence]
    assert ask("yes please").evidence == ()


@pytest.mark.parametrize(
    "question", ["how strong is it?", "why?", "what about the other one?", "any caveats?", "source?"]
)
def test_what_leans_on_nothing_is_asked_back(ask, question):
    """With three choices, each a question that is answered when it is typed."""
    reply = ask(question)
    assert reply.status is Status.CLARIFY and len(reply.suggestions) == 3 and not reply.evidence
    assert {ask(choice).status for choice in reply.suggestions} <= {Status.ANSWERED, Status.PARTIAL}


@pytest.mark.parametrize(
    ("taken", "label"),
    [
        ("2", "Collaboration"),
        ("the last one", "Cohesion in group therapy"),
        ("the group one", "Cohesion in group therapy"),
        ("the couples one", "Alliances in couple and family therapy"),
        ("How strong is the evidence on empathy?", "Empathy"),
    ],
)
def test_a_choice_is_taken_by_number_or_by_name(taken, label):
    """Also one that was not among the choices; the reply says what it took up, or the question stands by itself."""
    bot = chatbot("digest")
    asked = bot.ask("how strong is it?")
    reply = bot.ask(taken, asked.conversation_id)
    assert [figure.label for figure in reply.figures][:1] == [label]
    assert (reply.read_as or "").startswith("Read as: How strong is") is not taken.startswith("How")


def test_it_asks_back_once():
    """A second unclear message gets an answer or what can be asked, not the same question again."""
    bot = chatbot("digest")
    asked = bot.ask("how strong is it?")
    assert bot.ask("how strong is it?", asked.conversation_id).status is not Status.CLARIFY


def test_the_other_one_of_three_is_asked_back():
    """Of two it is clear; of three, the two others are the choices, and the thread is still there."""
    bot = chatbot("digest")
    id = None
    for question in ("how strong is empathy?", "and collaboration?"):
        id = bot.ask(question, id).conversation_id
    assert [f.label for f in bot.ask("how many studies has the other one?", id).figures][:1] == ["Empathy"]
    bot.ask("how strong is cohesion in groups?", id)
    reply = bot.ask("and the other one?", id)
    assert reply.status is Status.CLARIFY and len(reply.suggestions) == 2
    assert [figure.label for figure in bot.ask("1", id).figures][:1] == ["Empathy"]


def test_what_was_quoted_is_not_quoted_again_unless_asked_for():
    """The evidence is there, its first words remind; asked for the source or the words again, it is written out."""
    bot = chatbot("digest")
    first = bot.ask("What is empathy in therapy?")
    quote = first.evidence[0].quote
    again = bot.ask("What is empathy in therapy?", first.conversation_id)
    assert quote in first.text and quote not in again.text and "(quoted earlier)" in again.text
    assert [item.spans for item in again.evidence] == [item.spans for item in first.evidence]
    assert quote in bot.ask("What is empathy in therapy? Word for word again, please.", first.conversation_id).text


def test_people_asked_of_are_remembered():
    """A question that goes on with "and for teenagers?" is still of teenagers."""
    bot = chatbot("digest")
    id = bot.ask("how strong is empathy?").conversation_id
    assert bot.ask("and for teenagers?", id).status is Status.PARTIAL
    assert "young people" in bot.ask("how many studies is that?", id).text
    assert "young people" not in bot.ask("how strong is collaboration?", id).text


def test_nothing_is_offered_that_was_said():
    """The questions offered are of leads that the conversation has not had."""
    bot = chatbot("digest")
    first = bot.ask("What is empathy in therapy?")
    later = bot.ask("how strong is it?", first.conversation_id)
    assert "What is empathy in therapy?" not in later.suggestions and later.suggestions


def test_risk_that_is_told_gets_nothing_but_safety(ask):
    """Content follows only where something is asked."""
    told = ask("A client just told me he wants to kill himself.")
    assert told.status is Status.SAFETY and not told.evidence
    asked = ask("My client told me he wants to kill himself. Should I name the rupture first?")
    assert asked.status is Status.SAFETY and asked.evidence


def test_the_other_type_looks_further_back():
    """Past a question on something else to the last topic that has another type."""
    bot = chatbot("digest")
    id = bot.ask("what is a withdrawal rupture?").conversation_id
    bot.ask("how strong is the evidence for repairing it?", id)
    assert "confrontation" in bot.ask("what about the other type?", id).read_as


def test_shorter_says_the_last_answer_in_short(ask):
    """The first of what was said comes again, with fewer quotes; a later question still goes on with it."""
    bot = chatbot("digest")
    first = bot.ask("What is empathy in therapy?")
    short = bot.ask("shorter please", first.conversation_id)
    assert len(short.text) < len(first.text) / 2 and short.evidence[0].quote == first.evidence[0].quote
    assert "82 studies" in bot.ask("how many studies?", first.conversation_id).text


def test_a_new_start_carries_nothing_over():
    """After it, a question that leaned on the conversation has nothing to lean on."""
    bot = chatbot("digest")
    id = bot.ask("How strong is empathy?").conversation_id
    assert "empathy" in bot.ask("and how many studies?", id).read_as
    assert bot.ask("start over", id).status is Status.SMALLTALK
    assert bot.ask("and how many studies?", id).read_as is None


def test_more_says_what_was_not_said(ask):
    """Asked for more, the bot repeats none of its sentences and quotes other words beside them."""
    bot = chatbot("digest")
    first = ask("how do I handle a withdrawal rupture?")
    later = bot.ask("more", first.conversation_id)
    said = first.text.partition(" [1]")[0]
    assert said not in later.text and later.evidence
    assert not {item.spans for item in later.evidence[1:]} & {item.spans for item in first.evidence[:3]}
