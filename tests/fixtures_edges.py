"""A small corpus of another field (bread), its index by the real encoder, and the edges over it.

Loaded as a plugin by the tests that need it: `pytest_plugins = ["fixtures_edges"]`. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from ragbot import cli
from ragbot.build import BUILD_THREADS, build_index
from ragbot.chatbot import Chatbot
from ragbot.embedding import Encoder, load_encoder
from ragbot.index import Index, Manifest, open_index
from ragbot.settings import ENCODER, Settings

WORK = """title = "On Bread"
authors = ["Ada Miller"]
noun = "booklet"
recognised_by = ["On Bread", "Ada Miller"]
"""

DIGEST = """# On Bread

Ada Miller

A loaf needs flour, water, salt and patience.

## Kneading

Kneading stretches the gluten until the dough is smooth and springs back (Oven, 2015). Ten minutes by hand are
enough for most wheat doughs. Rye dough hardly profits from kneading.

## Proofing

A slow rise in the refrigerator gives the crumb more flavour than a fast one. Warm dough proofs fast, but it
tastes flat. No study compared refrigerators with cellars.

## Crust

Steam in the first minutes keeps the surface soft, so the loaf opens well. Without steam the crust is dull.

Table 1 *What goes with a better loaf*

[Table 1](table-1.tsv)

## References

[References](references.json)
"""

TABLE = """Method\tk\tN\tr\td\tStrength
Kneading by hand\t12\t1,480\t0.21\t0.43\tProbably effective
Slow proofing\t30\t5,020\t0.35\t0.75\tDemonstrably effective
"""

REFERENCES = [
    {
        "id": "oven-2015",
        "type": "article-journal",
        "author": [{"family": "Oven", "given": "Bea"}],
        "issued": {"date-parts": [[2015]]},
        "title": "Ten minutes at the bench",
        "container-title": "Journal of Dough",
        "volume": "4",
        "page": "1-9",
    }
]

TOPICS = """topics:
  - id: kneading
    name: kneading the dough
    terms: [kneading, knead, gluten]
    sections: [Kneading]
    rows: [Kneading by hand]
    related: [proofing]
    anchors: [{section: Kneading, words: [gluten, smooth]}, {row: Kneading by hand}]
    cues: [My dough tears when I stretch it., How long should I work the dough?]
    prompts: [How did the dough feel under your hands?]
  - id: proofing
    name: letting the dough rise
    terms: [proofing, rise, fermentation]
    sections: [Proofing]
    rows: [Slow proofing]
    related: [kneading]
    anchors: [{section: Proofing, words: [slow, flavour]}, {row: Slow proofing}]
    cues: [My bread tastes of nothing.]
"""

GUIDANCE = """leads:
  - id: knead-ten-minutes
    topics: [kneading]
    answers: [howto, finding]
    asks: [How long do I knead?, How many minutes of kneading are enough?]
    say: Ten minutes of work by hand do for most wheat doughs.
    anchors: [{section: Kneading, words: [minutes, hand]}]
  - id: slow-rise
    topics: [proofing]
    answers: [finding, comparison]
    asks: [Is a slow rise better than a fast one?, Does a cold rise improve the taste?]
    say: A slow, cold rise gives more flavour than a quick, warm one.
    anchors: [{section: Proofing, words: [slow, flavour]}]
caveats:
  - id: no-cellars
    claims: [finding, comparison]
    topics: [proofing]
    say: Cellars were never compared.
    anchors: [{section: Proofing, words: [study, cellars]}]
"""

FULL_TEXT = """On Bread

Ada Miller

Flour, water, salt and time make a loaf.

Kneading

Work the dough until gluten makes it smooth and elastic. Use both hands for about ten minutes.

Proofing

A slow rise brings more flavour. There is no study of cellars.
"""


NOTES = "# Ovens\n\nA stone oven keeps its heat for hours.\n\n## Fire\n\nBeech wood burns without much smoke.\n"


def written(path: Path, text: str = NOTES) -> Path:
    """A file with that text, its folder made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def write_corpus(folder: Path) -> Path:
    """A corpus folder with one pack, "bread"."""
    pack = folder / "bread"
    pack.mkdir(parents=True)
    files = {"work.toml": WORK, "digest.md": DIGEST, "table-1.tsv": TABLE, "topics.yaml": TOPICS}
    for name, text in {**files, "guidance.yaml": GUIDANCE, "references.json": json.dumps(REFERENCES)}.items():
        (pack / name).write_text(text, encoding="utf-8")
    return folder


def bread_settings(root: Path) -> Settings:
    """Settings of a corpus and an index under one folder."""
    return Settings(root / "corpus", root / "corpus" / "local", root / "index", ENCODER, 1)


@pytest.fixture(scope="session")
def minilm() -> Encoder:
    """The real encoder."""
    return load_encoder(ENCODER)


@pytest.fixture(scope="session")
def bread(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The bread corpus with its index, built as the command builds it; shared, so never to be changed."""
    settings = bread_settings(tmp_path_factory.mktemp("bread"))
    write_corpus(settings.corpus)
    build_index(settings, load_encoder(ENCODER, BUILD_THREADS))
    return settings


@pytest.fixture(scope="session")
def bread_index(bread: Settings) -> Index:
    """The index of the bread corpus, opened."""
    return open_index(bread.index)


@pytest.fixture(scope="session")
def baker(bread_index: Index, minilm: Encoder) -> Chatbot:
    """A chatbot over the bread corpus."""
    return Chatbot(bread_index, minilm)


@pytest.fixture
def own_bread(tmp_path: Path, bread: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of the bread corpus and its index for one test to change; the environment points to it."""
    shutil.copytree(bread.corpus.parent, tmp_path / "own")
    settings = bread_settings(tmp_path / "own")
    monkeypatch.setenv("RAGBOT_CORPUS", str(settings.corpus))
    monkeypatch.setenv("RAGBOT_INDEX", str(settings.index))
    return settings


Build = Callable[..., Manifest]


@pytest.fixture
def build(own_bread: Settings, minilm: Encoder) -> Build:
    """Build an index of the test's own corpus, of exactly the files given or of all."""
    return lambda *files: build_index(own_bread, minilm, files)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: arguments → exit status, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ragbot", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a Python process from another folder with an environment of its own; ended with the test."""
    begun: list[subprocess.Popen[str]] = []

    def call(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield call
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


Serve = Callable[..., tuple[httpx.Client, "subprocess.Popen[str]"]]


@pytest.fixture
def serve(start: Start) -> Iterator[Serve]:
    """Serve in a process of its own on a free port: a client of the service, once it is ready, and the process."""
    with ExitStack() as opened:

        def call(*python: str) -> tuple[httpx.Client, subprocess.Popen[str]]:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            process = start(*(python or ("-m", "ragbot")), "serve", "--port", str(port))
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
            opened.enter_context(client)
            for _ in range(600):
                try:
                    assert client.get("/readyz").json()["status"] == "ready"
                    return client, process
                except httpx.ConnectError:
                    assert process.poll() is None, process.communicate()
                    time.sleep(0.1)
            raise AssertionError("the service did not listen within a minute")

        yield call
