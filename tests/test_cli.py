"""The command line: exit status 0, 1 or 2; what could not be done is one line on stderr, never a traceback."""

from __future__ import annotations

import io
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_edges import FULL_TEXT, Run, Start, written

from ragbot.index import current_build
from ragbot.settings import Settings

pytest_plugins = ["fixtures_edges"]

FIELDS = """conversation_id message_id status intent topics text evidence figures caveats gaps reflection suggestions
    notices read_as index_id timing_ms""".split()
EVIDENCE = "number quote spans document section locator references score".split()
MINUTES = "Ten minutes by hand are enough for most wheat doughs."


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of this machine at which somebody listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def refused(result: tuple[int, str, str]) -> str:
    """The one line of a command that could not do it."""
    status, out, err = result
    assert (status, out) == (1, ""), err
    assert err.startswith("ragbot: ") and err.endswith("\n") and err.count("\n") == 1, err
    assert "Traceback" not in err
    return err.removeprefix("ragbot: ").rstrip("\n")


def test_ask_answers_with_a_quote(run: Run, own_bread: Settings) -> None:
    """A question gives status 0, the quote with its number and its place, and nothing on stderr."""
    status, out, err = run("ask", "How long do I knead?")
    assert (status, err) == (0, "")
    assert f"> {MINUTES} [1]" in out
    assert "— Kneading, par. 1" in out


def test_ask_json_has_exactly_the_contracts_fields(own_bread: Settings, start: Start) -> None:
    """In a process of its own, from another folder, --json prints one object with the contract's fields in order."""
    out, err = start("-m", "ragbot", "ask", "How long do I knead?", "--json").communicate(timeout=120)
    reply = json.loads(out)
    assert err == ""
    assert list(reply) == FIELDS
    assert list(reply["evidence"][0]) == EVIDENCE
    assert (reply["status"], " ".join(reply["evidence"][0]["quote"].split())) == ("answered", MINUTES)


def test_ask_builds_a_missing_index_and_says_so(run: Run, own_bread: Settings, tmp_path: Path) -> None:
    """Where there is no index yet, one is built and published, with a line beside the answer."""
    home = tmp_path / "deep" / "fresh"
    status, out, err = run("ask", "How long do I knead?", "--index", str(home))
    assert status == 0
    assert err.startswith(f"no index at {home} yet; building it")
    assert MINUTES in out
    assert current_build(home).name == current_build(own_bread.index).name


@pytest.mark.parametrize(
    ("question", "said"), [("", "empty"), (" \n\t", "empty"), ("a" * 4001, "4001 characters; at most 4000")]
)
def test_ask_refuses_an_empty_or_endless_question(run: Run, own_bread: Settings, question: str, said: str) -> None:
    """An empty question, or one over 4,000 characters, is refused with the reason."""
    assert said in refused(run("ask", question))


def test_ask_takes_a_question_of_4000_characters(run: Run, own_bread: Settings) -> None:
    """The longest question that may be asked is answered."""
    status, out, err = run("ask", ("dough " * 700)[:4000])
    assert (status, err) == (0, "")
    assert out.strip()


def test_ask_takes_bytes_that_are_no_text(run: Run, own_bread: Settings) -> None:
    """A question with bytes that are not UTF-8, as a shell may pass them, is refused or answered, never a crash."""
    status, _, err = run("ask", "How long do I knead \udcff?")
    assert status in (0, 1)
    assert err.count("\n") == status


def test_chat_goes_on_and_ends_at_an_empty_line(run: Run, own_bread: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is answered, one that is too long is refused and the conversation goes on, an empty line ends it."""
    typed = f"How long do I knead?\n{'a' * 4001}\nIs a slow rise better than a fast one?\n\nNot read.\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    status, out, err = run("chat")
    assert status == 0
    assert "at most 4000" in err and err.count("\n") == 1
    assert out.index(MINUTES) < out.index("A slow rise in the refrigerator")


def test_reflect_goes_step_by_step_to_a_page(
    run: Run, own_bread: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened, an attempt with its feedback, and the page to keep, written to a file where one is named."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("My dough would not rise.\nI'd leave it in the cold.\ndone\n\n"))
    status, out, err = run("reflect", "--save", str(tmp_path / "page.md"))
    assert status == 0 and "practise" in err and str(tmp_path / "page.md") in err
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert page.startswith("# ") and "> My dough would not rise." in page and "> I'd leave it in the cold." in page
    assert out.index("What would you try") < out.index("My dough would not rise.")
    status, out, err = run("reflect", "--save", str(tmp_path / "nowhere" / "page.md"))
    assert (status, out) == (1, "") and "there is no folder" in err and err.count("\n") == 1


def test_index_info_says_what_it_holds(run: Run, own_bread: Settings) -> None:
    """The id, the encoder with the digits of its weights, the counts and every source are listed."""
    status, out, _ = run("index", "info")
    lines = [line.split() for line in out.splitlines()]
    assert status == 0
    assert lines[0][:2] == ["index", current_build(own_bread.index).name]
    assert lines[2][:3] == ["encoder", "all-MiniLM-L6-v2,", "384"]
    assert {("documents", "1"), ("passages", "16"), ("packs", "1"), ("cues", "15")} <= {tuple(line) for line in lines}
    assert next(line[1] for line in lines if line[0] == "source") == "bread/digest.md"


def test_index_verify_tells_whole_from_changed(run: Run, own_bread: Settings) -> None:
    """A whole index gives status 0; a changed source and a damaged file together are one line with the command."""
    assert run("index", "verify")[:2] == (0, "the index is whole and matches its sources and rules\n")
    vectors = current_build(own_bread.index) / "vectors.npy"
    topics = own_bread.corpus / "bread" / "topics.yaml"
    vectors.write_bytes(b"")
    topics.write_text(topics.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    line = refused(run("index", "verify"))
    assert f"{vectors}: absent or damaged" in line
    assert f"{topics}: changed since the index was built" in line
    assert line.endswith("run: ragbot index build")


def test_index_build_of_a_file(run: Run, own_bread: Settings, tmp_path: Path) -> None:
    """Building says which index it published, where, and of how many passages."""
    status, out, _ = run("index", "build", "--source", str(written(tmp_path / "full.txt", FULL_TEXT)))
    assert status == 0
    assert out.startswith(f"index {current_build(own_bread.index).name} published at {own_bread.index}: ")


@pytest.mark.parametrize(
    ("name", "said"), [("scan.pdf", "files of type '.pdf' are not read"), ("no.md", "no such file")]
)
def test_index_build_refuses_a_file_it_cannot_read(
    run: Run, own_bread: Settings, tmp_path: Path, name: str, said: str
) -> None:
    """An unknown file type and a missing file are refused by name, and the published index stays."""
    written(tmp_path / "scan.pdf")
    before = current_build(own_bread.index)
    assert said in refused(run("index", "build", "--source", str(tmp_path / name)))
    assert current_build(own_bread.index) == before


def test_a_pack_with_a_wrong_key_is_named(run: Run, own_bread: Settings) -> None:
    """The line names the file, the topic and the key."""
    topics = own_bread.corpus / "bread" / "topics.yaml"
    topics.write_text(topics.read_text(encoding="utf-8").replace("    related:", "    realted:", 1), encoding="utf-8")
    assert refused(run("index", "build")) == f"{topics}: topics.kneading.realted: unknown key"


def test_a_damaged_index_is_named(run: Run, own_bread: Settings) -> None:
    """Asking a damaged index says which file it is and which command mends it."""
    (current_build(own_bread.index) / "passages.json").write_bytes(b"[]")
    line = refused(run("ask", "How long do I knead?"))
    assert "damaged (passages.json); run: ragbot index build" in line


@pytest.mark.parametrize("command", [("ask", "How long do I knead?"), ("index", "build"), ("index", "info")])
def test_an_index_that_cannot_be_there_is_one_line(
    run: Run, own_bread: Settings, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """A place where no folder can be made, because a file is in the way, is named."""
    in_the_way = written(tmp_path / "file")
    status, _, err = run(*command, "--index", str(in_the_way / "index"))
    assert status == 1
    assert err.splitlines()[-1].startswith("ragbot: ") and str(in_the_way) in err.splitlines()[-1]


def test_no_index_has_nothing_to_tell(own_bread: Settings, start: Start) -> None:
    """In a process of its own, what only looks at an index builds none: status 1, one line, the command."""
    process = start("-m", "ragbot", "index", "info", "--index", "none")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err == "ragbot: no index at none; run: ragbot index build\n"


def test_corpus_add_says_where_it_went(run: Run, own_bread: Settings, tmp_path: Path) -> None:
    """A recognised text is added and said to replace the digest; another file of that name is refused."""
    status, out, _ = run("corpus", "add", str(written(tmp_path / "scan.txt", FULL_TEXT)))
    assert status == 0
    assert f"added as {own_bread.local / 'bread.txt'}, recognised as bread" in out
    assert "ragbot index build" in out
    written(tmp_path / "scan.txt", FULL_TEXT + "\nAnother edition.\n")
    assert "bread.txt is there already and differs" in refused(run("corpus", "add", str(tmp_path / "scan.txt")))


def test_serve_says_that_the_port_is_taken(run: Run, own_bread: Settings, taken: int) -> None:
    """A port in use is named, with another to try."""
    line = refused(run("serve", "--port", str(taken)))
    assert line.startswith(f"cannot listen on 127.0.0.1:{taken} (Address already in use)")
    assert line.endswith(f"ragbot serve --port {taken + 1}")


def test_serve_listens_on_this_machine_alone(run: Run, own_bread: Settings) -> None:
    """Another address is refused while the service has no keys."""
    assert "'0.0.0.0' is not this machine alone" in refused(run("serve", "--host", "0.0.0.0"))


CASES = """{"id": "a", "kind": "howto", "turns": [{"ask": "How long do I knead?", "status": "answered", "gold":[[10]]}]}
{"id": "b", "kind": "smalltalk", "turns": [{"ask": "hello", "status": ["smalltalk", "clarify"]}]}
"""


def test_eval_scores_a_question_set(run: Run, own_bread: Settings, tmp_path: Path) -> None:
    """Each kind has a line with its turns and its means, what has nothing to measure a dash."""
    status, out, _ = run("eval", str(written(tmp_path / "set.jsonl", CASES)))
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert status == 0
    assert lines["kind"] == "turns passed status recall precision must caveat quotes numbers".split()
    assert lines["howto"][:4] == "1 1.000 1.000 1.000".split()
    assert lines["smalltalk"] == "1 1.000 1.000 - - 1.000 - 1.000 1.000".split()
    assert lines["ALL"][:2] == ["2", "1.000"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": "c"}',
        '{"id": "c", "kind": "howto", "turns": [{"ask": "Why?"}]}',
        '{"id": "c", "kind": "howto", "turns": [{"ask": "Why?", "status": "answered", "must": ["("]}]}',
    ],
)
def test_eval_names_a_broken_line(run: Run, own_bread: Settings, tmp_path: Path, line: str) -> None:
    """A line that is no case, or has a pattern that is none, is named by its number."""
    path = written(tmp_path / "set.jsonl", CASES + "\n" + line + "\n")
    assert f"{path}, line 4: " in refused(run("eval", str(path)))


@pytest.mark.parametrize(
    "command",
    [(), ("bake",), ("ask",), ("ask", "Why?", "--jsno"), ("serve", "--port", "70000"), ("index",), ("corpus", "add")],
)
def test_wrong_usage_is_status_2(run: Run, own_bread: Settings, command: tuple[str, ...]) -> None:
    """No command, an unknown command or option, a missing argument or an impossible port end with status 2."""
    status, _, err = run(*command)
    assert status == 2
    assert "Traceback" not in err


def test_help_lists_the_commands(run: Run) -> None:
    """Asking for help is status 0."""
    status, out, _ = run("--help")
    assert status == 0 and all(name in out for name in ("ask", "chat", "reflect", "serve", "index", "corpus", "eval"))
