"""The command line. Every error is one line on stderr; exit status 0 done, 1 could not do it, 2 wrong usage."""

from __future__ import annotations

import io
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ragbot.errors import RagbotError, place_of
from ragbot.settings import read_settings
from ragbot.types import Mode, Reply

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Cited conversation about the evidence in a text.",
    pretty_exceptions_enable=False,
)
index_app = typer.Typer(no_args_is_help=True, help="Build and look at the index.")
corpus_app = typer.Typer(no_args_is_help=True, help="Your own texts.")
app.add_typer(index_app, name="index")
app.add_typer(corpus_app, name="corpus")

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index.", show_default="RAGBOT_INDEX, else index/ beside the corpus"),
]


def note(line: str) -> None:
    """A line for the person, beside the output."""
    print(line, file=sys.stderr)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole reply as JSON.")] = False,
    index: IndexOption = None,
) -> None:
    """Answer one question."""
    from ragbot.chatbot import check_message
    from ragbot.opening import open_chatbot
    from ragbot.records import adapter
    from ragbot.rendering import render_plain

    check_message(question)
    reply = open_chatbot(read_settings(index), note).ask(question)
    if as_json:
        print(json.dumps(adapter(Reply).dump_python(reply, mode="json"), ensure_ascii=False, indent=1))
    else:
        print(render_plain(reply))


def talk(index: Path | None, mode: Mode) -> Iterator[Reply]:
    """The replies of a conversation in the terminal, each as it is shown; an empty line or Ctrl-D ends it."""
    from ragbot.errors import MessageError
    from ragbot.opening import open_chatbot
    from ragbot.rendering import render_plain

    chatbot = open_chatbot(read_settings(index), note)
    conversation: str | None = None
    while True:
        try:
            message = input("> ")
        except (EOFError, KeyboardInterrupt):
            break
        if not message.strip():
            break
        try:
            reply = chatbot.ask(message, conversation, mode)
        except MessageError as error:
            note(str(error))
            continue
        conversation = reply.conversation_id
        print(f"\n{render_plain(reply)}\n")
        yield reply


@app.command()
def chat(index: IndexOption = None) -> None:
    """Talk in the terminal; an empty line or Ctrl-D ends it."""
    for _ in talk(index, Mode.ASK):
        pass


@app.command()
def reflect(
    save: Annotated[Path | None, typer.Option("--save", help="Write the page to keep to this file, Markdown.")] = None,
    index: IndexOption = None,
) -> None:
    """Reflect on a session of your own, step by step: what happened, what you would try, the evidence, again.

    "done" ends it with a page to keep, "practise" gives a moment to practise on; an empty line or Ctrl-D ends it.
    """
    if save and not save.resolve().parent.is_dir():
        raise RagbotError(f"there is no folder {save.resolve().parent} to write {save.name} to; make it first")
    note("What happened, in a few sentences? Or write: practise")
    for reply in talk(index, Mode.REFLECT):
        if reply.to_keep and save:
            save.write_text(reply.text + "\n", encoding="utf-8")
            note(f"the page is in {save}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    index: IndexOption = None,
) -> None:
    """Run the HTTP service."""
    from ragbot.opening import open_chatbot
    from ragbot.server import run

    if host not in ("127.0.0.1", "localhost", "::1"):
        raise RagbotError(f"'{host}' is not this machine alone, and the service has no keys yet; leave --host out")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = port + 1 if port < 65535 else 8000
            raise RagbotError(
                f"cannot listen on {host}:{port} ({error.strerror}); name another: ragbot serve --port {other}"
            ) from None
    run(open_chatbot(read_settings(index), note), host, port)


@index_app.command("build")
def index_build(
    source: Annotated[
        list[Path] | None, typer.Option("--source", help="Index exactly these files; else the whole corpus.")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Build and publish an index."""
    from ragbot.build import BUILD_THREADS, build_index
    from ragbot.embedding import load_encoder

    settings = read_settings(index)
    manifest = build_index(settings, load_encoder(settings.encoder, BUILD_THREADS), source or [], note)
    print(f"index {manifest.id} published at {settings.index}: {manifest.counts['passages']} passages")


@index_app.command("info")
def index_info(index: IndexOption = None) -> None:
    """What the index holds."""
    from ragbot.index import current_build, read_manifest

    folder = current_build(read_settings(index).index)
    manifest = read_manifest(folder)
    print(f"index     {manifest.id} ({folder})\nversion   ragbot {manifest.version}, format {manifest.format}")
    print(f"encoder   {manifest.encoder}, {manifest.dimensions} dimensions, weights {manifest.encoder_sha256[:12]}…")
    for name, count in manifest.counts.items():
        print(f"{name:9} {count}")
    for source in manifest.sources:
        print(f"source    {source.path}  {source.sha256[:12]}…  {source.document or 'knowledge'}")
    for name, digest in manifest.rules.items():
        print(f"rules     {name}  {digest[:12]}…")


@index_app.command("verify")
def index_verify(index: IndexOption = None) -> None:
    """Whether the index is whole and matches its sources and rules."""
    from ragbot.build import verify_index

    faults = verify_index(read_settings(index))
    if faults:
        raise RagbotError("; ".join(faults) + "; run: ragbot index build")
    print("the index is whole and matches its sources and rules")


@corpus_app.command("add")
def corpus_add(file: Annotated[Path, typer.Argument(help="A .txt or .md file, UTF-8.")]) -> None:
    """Take a text of your own into the local corpus."""
    from ragbot.build import add_text

    target, known = add_text(read_settings(), file)
    print(
        f"added as {target}" + (f", recognised as {known}: it will be quoted in place of the digest" if known else "")
    )
    print("now run: ragbot index build")


@app.command("eval")
def evaluate_sets(
    files: Annotated[list[Path], typer.Argument(help="Question sets, JSON Lines.")],
    worst: Annotated[int, typer.Option(min=0, help="Print so many failing turns in full.")] = 0,
    rules: Annotated[bool, typer.Option("--rules", help="Print how often each rule fired.")] = False,
    abstention: Annotated[bool, typer.Option("--abstention", help="Print risk against coverage.")] = False,
    index: IndexOption = None,
) -> None:
    """Score question sets."""
    from ragbot.evaluation import count_rules, curve, evaluate, read_cases, table
    from ragbot.opening import open_chatbot

    cases = [case for path in files for case in read_cases(path)]
    chatbot = open_chatbot(read_settings(index), note)
    scores = evaluate(cases, chatbot.ask, chatbot.index.documents)
    print(table(scores))
    if abstention:
        print(f"\n{curve(scores, cases, lambda ask: chatbot.understanding.understand(ask).support)}")
    if rules:
        print(f"\n{count_rules(chatbot.conversations.rules())}")
    for score in [score for score in scores if not score.passed][:worst]:
        print(f"\n--- {score.case}, turn {score.turn}: {score.ask}")
        print(f"    status {score.reply.status}, recall {score.recall}\n{score.reply.text}")


def main() -> None:
    """Run the command line; errors as one line on stderr."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal that lacks a sign gets "?", stray bytes reach check_message
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdin else "replace")
    try:
        app()
    except RagbotError as error:
        note("ragbot: " + " ".join(str(error).split()))
        raise SystemExit(1) from None
    except OSError as error:
        note(f"ragbot: {error.filename or 'file'}: {error.strerror or error}")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:  # of any kind: its words may hold what was asked
        note(f"ragbot: something went wrong inside ({place_of(error)}); please report it with what you did")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
