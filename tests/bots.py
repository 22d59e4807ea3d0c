"""Chatbots over the two sources of the work and over the tiny corpus, each built once for the whole run."""

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from ragbot import build
from ragbot.build import BUILD_THREADS, build_index
from ragbot.chatbot import Chatbot
from ragbot.embedding import BUNDLED, load_encoder
from ragbot.index import open_index
from ragbot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT.parent / "shared" / "chapter.txt"
QUESTIONS = ROOT.parent / "shared" / "eval" / "dev.jsonl"


@cache
def encoder():
    """The real encoder, which reads each text once in a run: both sources of the work have the same cues."""
    real, known = load_encoder(BUNDLED, BUILD_THREADS), {}

    def read(texts):
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, real.read(new), strict=True) if new else ())
        return np.array([known[text] for text in texts], np.float32)

    return replace(real, read=read, encode=lambda texts: read(texts)[:, : real.dimensions])


def learned_once(learn):
    """A way to learn that does so once for the same cues and attempts, as both sources of the work have them."""
    done = {}

    def once(packs, cues, encoder):
        key = (encoder.fingerprint, cues, *(pack.attempts for pack in packs))
        if key not in done:
            done[key] = learn(packs, cues, encoder)
        return done[key]

    return once


LEARN = learned_once(build.learn)


@cache
def chatbot(source):
    """A chatbot over "chapter", "digest", "soil" (a pack of another field) or "second" (a text without any pack)."""
    if source == "chapter" and not CHAPTER.is_file():
        pytest.skip("no ../shared/chapter.txt beside this checkout")
    home = Path(os.environ.get("PYTEST_INDEX_HOME") or mkdtemp(prefix="ragbot-"))
    corpus = ROOT / "tests" / "data" if source in ("soil", "second") else ROOT / "corpus"
    files = {"chapter": [CHAPTER], "second": [corpus / "second.md"]}.get(source, [])
    settings = Settings(corpus, home / "no-texts", home / source, BUNDLED, 1)
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "learn", LEARN)
        build_index(settings, encoder(), files, said.append)
    bot = Chatbot(open_index(settings.index), encoder())
    bot.said = said
    return bot


@cache
def cases():
    """The development questions."""
    if not QUESTIONS.is_file():
        pytest.skip("no ../shared/eval/dev.jsonl beside this checkout")
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line.strip()]


@cache
def replies(source):
    """Every turn of the development questions and its reply, in order: (case id, question, reply)."""
    bot, found = chatbot(source), []
    for case in cases():
        conversation = None
        for turn in case["turns"]:
            reply = bot.ask(turn["ask"], conversation)
            conversation = reply.conversation_id
            found.append((case["id"], turn["ask"], reply))
    return tuple(found)
