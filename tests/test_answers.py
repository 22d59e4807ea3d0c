"""Golden conversations: answers/*.yaml hold whole replies, reviewed as prose. `scripts/test --update` rewrites them.

A file is one conversation; where a turn has `new: true`, another begins.
"""

from pathlib import Path

import pytest
import yaml
from bots import chatbot

from ragbot.types import Mode

ANSWERS = sorted((Path(__file__).parent / "answers").glob("*.yaml"))


@pytest.mark.parametrize("path", ANSWERS, ids=[path.stem for path in ANSWERS])
def test_golden_conversation(path, request):
    """The conversation goes word for word as reviewed, on the built-in corpus."""
    turns = yaml.safe_load(path.read_text(encoding="utf-8"))
    bot, conversation, now = chatbot("digest"), None, []
    for turn in turns:
        given = {name: turn[name] for name in ("ask", "mode", "new") if name in turn}
        reply = bot.ask(turn["ask"], None if "new" in turn else conversation, Mode(turn.get("mode", "ask")))
        conversation = reply.conversation_id
        now.append({**given, "status": reply.status.value, "reply": reply.text})
    if request.config.getoption("update"):
        path.write_text(
            yaml.dump(now, Dumper=Prose, sort_keys=False, allow_unicode=True, width=10_000), encoding="utf-8"
        )
    assert [turn.get("reply") for turn in turns] == [turn["reply"] for turn in now] or request.config.getoption(
        "update"
    )
    assert [turn.get("status") for turn in turns] == [turn["status"] for turn in now] or request.config.getoption(
        "update"
    )


def test_enough_is_reviewed():
    """A change of wording anywhere shows in some of at least 300 turns."""
    turns = [turn for path in ANSWERS for turn in yaml.safe_load(path.read_text(encoding="utf-8"))]
    assert len(turns) >= 300 and len({turn["status"] for turn in turns}) == 6


class Prose(yaml.SafeDumper):
    """Replies as readable blocks."""


Prose.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)
