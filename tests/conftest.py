"""What the tests share: the two sources of the work, a tiny corpus of another field, a real and a tiny encoder."""

import ipaddress
import shutil
import socket
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from ragbot.documents import read_document, read_text
from ragbot.embedding import BUNDLED, Encoder, load_encoder
from ragbot.pack import assemble_digest, read_work
from ragbot.words import stems

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = ROOT.parent / "shared" / "chapter.txt"
PACK = ROOT / "corpus" / "psychotherapy-relationships"
DATA = ROOT / "tests" / "data"
TINY_PACK = DATA / "soil-and-tomatoes"
DIMENSIONS = 64


@pytest.fixture(scope="session")
def chapter():
    """The text of the chapter, line ends as they are in the file."""
    if not CHAPTER.is_file():
        pytest.skip("no ../shared/chapter.txt beside this checkout")
    with CHAPTER.open(encoding="utf-8", newline="") as handle:
        return handle.read()


@pytest.fixture(scope="session")
def digest():
    """The text of the built-in digest, its table and its reference list put in."""
    return assemble_digest(PACK)


@pytest.fixture(scope="session", params=["chapter", "digest"])
def both_sources(request):
    """The text of each source of the work in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def outline():
    """The levels of the work's headings."""
    return read_work(PACK).outline


@pytest.fixture(scope="session")
def encoder():
    """The real all-MiniLM-L6-v2."""
    return load_encoder(BUNDLED)


@pytest.fixture(scope="session")
def tiny_encoder():
    """An encoder that hashes stems into 64 dimensions and counts words for word pieces."""
    return Encoder("hashed stems", "0" * 64, DIMENSIONS, hashed_stems, hashed_stems, count_words)


@pytest.fixture
def tiny_corpus(tmp_path):
    """A corpus folder of one's own, with a pack about soil and tomatoes."""
    corpus = tmp_path / "corpus"
    shutil.copytree(TINY_PACK, corpus / TINY_PACK.name)
    return corpus


@pytest.fixture(scope="session")
def full():
    """The full text of the tiny work."""
    return read_tiny(DATA / "full.txt")


@pytest.fixture(scope="session")
def tiny_digest():
    """The digest of the tiny work."""
    return read_document("tiny-digest", assemble_digest(TINY_PACK), read_work(TINY_PACK).outline)


@pytest.fixture(scope="session")
def second():
    """A Markdown document of yet another field, without a pack."""
    return read_document("second", read_text(DATA / "second.md"))


def read_tiny(path):
    """A text file as a full text of the tiny work."""
    return read_document("full", read_text(path), read_work(TINY_PACK).outline)


def hashed_stems(texts):
    """Unit float32 vectors: how often each stem occurs, hashed into 64 places; a text without words is the first."""
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    for vector, text in zip(vectors, texts, strict=True):
        for stem in stems(text, stop=True) or ["-"]:
            vector[zlib.crc32(stem.encode()) % DIMENSIONS] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def count_words(text):
    """The number of words between white space."""
    return len(text.split())


def lines_of(document, spans):
    """The numbers of the lines that spans begin in, counted from 1."""
    return tuple(document.text.count("\n", 0, start) + 1 for start, _ in spans)


def line_texts(*parts):
    """Texts of some of these parts, one after the other."""
    return st.lists(st.sampled_from(parts), min_size=1, max_size=12).map(" ".join)


WORDS = line_texts(
    "the",
    "soil",
    "Loam",
    "(Ode, 2011)",
    "et al.",
    "0.65",
    "*dark*",
    "$d = 0.2$",
    "ends.",
    "Ends!",
    "“quote”",
    "– Ü",
    "🍅",
)
CELLS = st.lists(st.sampled_from(["", "12", "0.65", "0.1–0.3", "64*", "Well"]), min_size=1, max_size=4)
TABLES = st.lists(CELLS.map(lambda cells: "\t".join(["Mulch", *cells])), min_size=1, max_size=4).map("\n".join)
BLOCKS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=3).map("\n".join),
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), WORDS),
    st.sampled_from(
        ["What Helps", "Compost", "Box 3.1 Advice", "References", "Useful Resources", "Title\n=====", "---"]
    ),
    st.lists(st.builds("{} {}".format, st.sampled_from(["-", "- ♦", "*", "•", "2."]), WORDS), max_size=4).map(
        "\n".join
    ),
    st.builds("Table 3.1 {}\n\n{}\n\n* {}".format, WORDS, TABLES, WORDS),
    TABLES,
)


STARTS = st.sampled_from(["So it is.", "so it is", "# Title\n\nSo it is.", "Title\n\nAda Lee and Bo Tan\n\nSo it is"])


def generated_texts():
    """Texts out of paragraphs, headings, lists and tables, with either line end; some running text comes first."""
    texts = st.builds(lambda start, blocks: "\n\n".join([start, *blocks]), STARTS, st.lists(BLOCKS, max_size=8))
    return st.builds(lambda text, end: text.replace("\n", end), texts, st.sampled_from(["\n", "\r\n"]))


def is_outside(address):
    """Whether an address, a host's name or a (host, port) pair leads off this machine; a file's socket does not."""
    host = address[0] if isinstance(address, tuple) else address
    if host in (None, "", b"", "localhost") or (isinstance(host, str) and "/" in host):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


@pytest.fixture(scope="session", autouse=True)
def nothing_leaves_the_machine():
    """Every test runs with all connections and look-ups refused that would leave this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name, at in (
            (socket.socket, "connect", 1),
            (socket.socket, "connect_ex", 1),
            (socket.socket, "sendto", -1),
            (socket, "getaddrinfo", 0),
            (socket, "gethostbyname", 0),
        ):
            patch.setattr(owner, name, refusing(getattr(owner, name), at))
        yield


def refusing(call, at):
    """A call that refuses when its argument at that place is an address off this machine."""

    def guarded(*arguments, **options):
        if is_outside(arguments[at]):
            raise OSError(f"refused: {arguments[at]} is not on this machine")
        return call(*arguments, **options)

    return guarded


def pytest_addoption(parser):
    """`--update` rewrites the golden conversations, to be reviewed as a diff."""
    parser.addoption("--update", action="store_true", help="rewrite the golden conversations")
