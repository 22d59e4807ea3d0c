"""A text file → Document: headings, paragraphs, lists, tables, references, citations, each with its spans.

Reads plain text and Markdown. Never interprets what the text says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from ragbot.documents.citations import link_citations, read_reference
from ragbot.documents.layout import read_layout
from ragbot.documents.tables import read_table
from ragbot.errors import SourceError
from ragbot.types import Document

__all__ = ["SUFFIXES", "read_document", "read_text", "slug"]

SUFFIXES = (".txt", ".md", ".markdown", ".text")


def slug(name: str) -> str:
    """A name as an id: lower case, ASCII, words joined by hyphens. "Überblick 2" is "uberblick-2"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "document"


def read_text(path: Path) -> str:
    """The text of a source file, line ends as they are in the file.

    Raises SourceError for a file that is absent, of an unknown type, empty, not UTF-8 or not text.
    """
    if not path.is_file():
        raise SourceError(f"{path}: no such file; name a .txt or .md file")
    if path.suffix.lower() not in SUFFIXES:
        raise SourceError(f"{path}: files of type '{path.suffix}' are not read; convert it to .txt or .md (UTF-8)")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8 and try again") from None
    if not text.strip().strip("\ufeff"):
        raise SourceError(f"{path}: the file is empty")
    if "\0" in text:
        raise SourceError(f"{path}: not a text file (it holds NUL characters)")
    return text


def read_document(id: str, text: str, outline: Mapping[str, Sequence[str]] | None = None) -> Document:
    """Read a text into a Document.

    `outline` names, for plain text whose headings carry no level, the subheadings of a heading.
    Raises SourceError where the text has no running text.
    """
    layout = read_layout(text, outline or {})
    if not layout.blocks:
        raise SourceError(f"{id}: no running text was found in it")
    tables = tuple(read_table(text, group, layout.blocks) for group in layout.tables)
    references = tuple(read_reference(text, span) for span in layout.references)
    return Document(
        id=id,
        title=layout.sections[0].title if layout.sections else id,
        text=text,
        sections=tuple(layout.sections),
        blocks=tuple(layout.blocks),
        tables=tables,
        references=references,
        citations=link_citations(text, layout.blocks, references),
        marks=tuple(layout.marks),
    )
