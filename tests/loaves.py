"""Tiny builds of an index: a few passages with vectors of four dimensions."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ragbot.index import Contents, Index, locked, open_index, publish, write_build
from ragbot.types import Grain, Passage, PassageKind, Span

ENCODER = ("tiny", "0" * 64)
TEXTS = ("The baker kneaded wheat dough.", "Steam opens the crust.", "Kneading rye is idle work.", "It is what it was.")


def tiny(texts: tuple[str, ...] = TEXTS, vectors: np.ndarray | None = None) -> Contents:
    """A few passages with vectors of four dimensions, all the same unless given."""
    passages = tuple(
        Passage(f"p{n}", "d", PassageKind.PROSE, Grain.SENTENCE, (Span(n, n + 1),), text, (), f"par. {n}", n, n)
        for n, text in enumerate(texts)
    )
    if vectors is None:
        vectors = np.tile(np.array([1, 0, 0, 0], np.float32), (len(texts), 1))
    none = np.zeros((0, 4), np.float32)
    return Contents(
        (),
        passages,
        (),
        (),
        (),
        vectors,
        none,
        {},
        *(np.zeros((1, 5), np.float32),) * 2,
        np.zeros((0, 2, 5), np.float32),
        texts,
    )


def opened(home: Path, contents: Contents) -> Index:
    """The contents written, published and opened."""
    with locked(home):
        publish(home, write_build(home, contents, (), "1", ENCODER, {}).id)
    return open_index(home)


def damage(path: Path, how: str) -> None:
    """Change a file for the worse."""
    if how == "flipped":
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif how == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    else:
        path.unlink()


def named(home: Path) -> list[str]:
    """The builds of an index, leftovers aside."""
    return sorted(path.name for path in (home / "builds").iterdir() if not path.name.startswith("."))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
