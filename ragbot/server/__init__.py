"""The HTTP face: FastAPI over a Chatbot. Every error is application/problem+json (RFC 9457)."""

from __future__ import annotations

import logging
from datetime import date
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragbot import __version__
from ragbot.chatbot import LONGEST, MOST_HITS, Chatbot
from ragbot.errors import MessageError, RagbotError, UnknownConversation, place_of
from ragbot.rules import About
from ragbot.types import Hit, Mode, Reply

LOG = logging.getLogger(__name__)
ABOUT = "Cited conversation about the evidence in a text."
PAGE = Path(__file__).parent / "page"
POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # of a page: nothing foreign


class Question(BaseModel):
    """A message to the bot."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(min_length=1, max_length=LONGEST, examples=["How strong is the evidence?"])
    conversation_id: str | None = None
    mode: Mode = Mode.ASK


class Found(BaseModel):
    """A passage found; scores are 0 to 1, higher is better."""

    quote: str
    spans: list[tuple[int, int]]
    document: str
    section: list[str]
    locator: str
    kind: str
    score: float
    dense: float
    lexical: float
    known: float


class Listed(BaseModel):
    """A document of the index."""

    id: str
    title: str
    characters: int


class Subject(BaseModel):
    """A topic that the index knows."""

    id: str
    name: str
    related: list[str]


class Described(BaseModel):
    """What the tool is for and what it is not, how it works, its sources and versions."""

    about: About
    sources: list[Listed]
    numbers_checked: date
    versions: dict[str, str]


class Said(BaseModel):
    """A turn of a conversation."""

    message: str
    reply: Reply


class Problem(BaseModel):
    """An error, RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None


PROBLEMS: dict[int | str, dict[str, object]] = {
    code: {"model": Problem, "description": HTTPStatus(code).phrase, "content": {"application/problem+json": {}}}
    for code in (400, 404, 422)
}


def problem(status: int, title: str, detail: str | None = None) -> JSONResponse:
    """An error as problem+json."""
    body = Problem(title=title, status=status, detail=detail).model_dump(exclude_none=True)
    return JSONResponse(body, status, media_type="application/problem+json")


class Failures:
    """Answers what fails unforeseen in plain words, and logs its kind and place, never its words or what was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            LOG.error("failed: %s", place_of(error))
            if not begun:
                failed = problem(500, "Something went wrong in the service; the message was not stored.")
                await failed(scope, receive, send)


def found(hit: Hit, chatbot: Chatbot) -> Found:
    """A hit as the search route gives it."""
    passage = hit.passage
    return Found(
        quote=chatbot.index.documents[passage.document].words(passage.spans),
        spans=[(start, end) for start, end in passage.spans],
        document=passage.document,
        section=list(passage.section),
        locator=passage.locator,
        kind=passage.kind,
        score=hit.score,
        dense=hit.dense,
        lexical=hit.lexical,
        known=hit.known,
    )


def create_app(chatbot: Chatbot) -> FastAPI:
    """The application over an opened chatbot."""
    app = FastAPI(title="ragbot", version=__version__, description=ABOUT, docs_url=None, redoc_url=None)
    add_errors(app)

    @app.post("/chat", responses=PROBLEMS)
    def chat(question: Question) -> Reply:
        """Answer a message, or take the next step of a guided reflection."""
        return chatbot.ask(question.message, question.conversation_id, question.mode)

    @app.get("/conversations/{id}", responses={404: PROBLEMS[404]})
    def conversation(id: str) -> list[Said]:
        """The turns of a conversation, oldest first."""
        return [Said(message=turn.message, reply=turn.reply) for turn in chatbot.conversations.turns(id)]

    @app.delete("/conversations/{id}", status_code=204, responses={404: PROBLEMS[404]})
    def forget(id: str) -> None:
        """Forget a conversation for good."""
        chatbot.conversations.forget(id)

    @app.get("/search", responses={422: PROBLEMS[422]})
    def search(
        q: Annotated[str, Query(min_length=1, max_length=LONGEST, description="What to look for.")],
        k: Annotated[int, Query(ge=1, le=MOST_HITS, description="How many passages.")] = 10,
    ) -> list[Found]:
        """Ranked passages, without composing."""
        return [found(hit, chatbot) for hit in chatbot.search(q, k)]

    @app.get("/documents")
    def documents() -> list[Listed]:
        """What is in the index."""
        return [Listed(id=d.id, title=d.title, characters=len(d.text)) for d in chatbot.index.documents.values()]

    @app.get("/documents/{id}/text", response_class=PlainTextResponse, responses={404: PROBLEMS[404]})
    def text(id: str) -> str:
        """The text that spans count in."""
        if id not in chatbot.index.documents:
            raise HTTPException(404, f"no document '{id}'; GET /documents lists them")
        return chatbot.index.documents[id].text

    @app.get("/topics")
    def topics() -> list[Subject]:
        """What the index knows of its subject."""
        return [
            Subject(id=t.id, name=t.name, related=list(t.related)) for pack in chatbot.index.packs for t in pack.topics
        ]

    @app.get("/about")
    def about() -> Described:
        """Intended use and users, what it is not, how it works, sources, limits and versions."""
        manifest = chatbot.index.manifest
        versions = {"ragbot": __version__, "index": manifest.id, "encoder": manifest.encoder}
        rules = chatbot.rules
        return Described(
            about=rules.about, sources=documents(), numbers_checked=rules.regions.checked, versions=versions
        )

    @app.get("/reflect", response_class=FileResponse, include_in_schema=False)
    def reflect() -> FileResponse:
        """The page of the guided reflection."""
        return FileResponse(PAGE / "reflect.html", headers={"Content-Security-Policy": POLICY})

    app.mount("/page", StaticFiles(directory=PAGE), name="page")

    @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    def docs() -> str:
        """The routes in a page of our own: FastAPI's loads scripts from elsewhere."""
        return routes_page(app)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        """The index and the encoder are there."""
        return {"status": "ready", "index_id": chatbot.index.id}

    return app


def routes_page(app: FastAPI) -> str:
    """The routes of the OpenAPI document as a plain HTML page."""
    described = app.openapi()
    rows = "".join(
        f"<dt><code>{method.upper()} {escape(path)}</code></dt><dd>{escape(route.get('description', ''))}</dd>"
        for path, methods in described["paths"].items()
        for method, route in methods.items()
    )
    title = escape(described["info"]["title"])
    whole = '<p><a href="/openapi.json">The whole OpenAPI document</a></p>'
    return f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><dl>{rows}</dl>{whole}</html>"


def add_errors(app: FastAPI) -> None:
    """Errors in words that a clinician understands, never a traceback."""

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return problem(400, "The request is not valid JSON.")
        where = ".".join(str(step) for step in first["loc"][1:]) or "the body"
        titles = {
            "string_too_short": "The message is empty; type a question.",
            "string_too_long": f"The message is longer than {LONGEST} characters; please shorten it.",
            "extra_forbidden": f"The request has a field that is not known: {where}.",
        }
        return problem(422, titles.get(first["type"], f"The request cannot be read: {where}: {first['msg']}."))

    @app.exception_handler(RagbotError)
    def refused(request: Request, error: RagbotError) -> JSONResponse:
        status = {MessageError: 422, UnknownConversation: 404}.get(type(error), 503)
        return problem(status, str(error)[0].upper() + str(error)[1:] + ".")

    @app.exception_handler(HTTPException)
    def refused_by_route(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail))

    app.add_middleware(Failures)


def run(chatbot: Chatbot, host: str, port: int) -> None:
    """Serve until stopped. No access log: it would hold what people asked."""
    uvicorn.run(create_app(chatbot), host=host, port=port, log_level="warning", access_log=False)
