"""Passages and vectors → an index folder, and back. The one door to faiss and bm25s.

    index/CURRENT            the id of the published build
    index/builds/<id>/       manifest.json passages.json documents.json packs.json cues.json
                             cue_words.json conflicts.json
                             vectors.npy cue_vectors.npy topic_weights.npy ask_weights.npy move_weights.npy lexical/

A build is written aside, synced, renamed into place and then named in CURRENT, so that a reader sees the old
build or the new one, whole. Every file has its SHA-256 in the manifest; nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from ragbot.errors import IndexDamaged, IndexMismatch, IndexMissing
from ragbot.recognition import Words
from ragbot.records import adapter
from ragbot.types import Conflict, Cue, Document, Grain, Pack, Passage
from ragbot.words import stems

FORMAT = 8  # raised when the layout of a build, or what its parts mean, changes
KEPT = 3  # builds kept, the published one included
BUILD = re.compile(r"[0-9a-f]{12}")
REBUILD = "run: ragbot index build"


@dataclass(frozen=True, slots=True)
class Source:
    """A file an index was built from; `document` is None for a pack's file of knowledge."""

    path: str
    sha256: str
    document: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """How a build was made. `id` is the first 12 digits of the SHA-256 of all the rest.

    rules: the engine's rules and wording as they were then, each file with its SHA-256. files: of the build itself.
    """

    id: str
    format: int
    version: str
    encoder: str
    encoder_sha256: str
    dimensions: int
    sources: tuple[Source, ...]
    rules: dict[str, str]
    counts: dict[str, int]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a build: vectors are float32 of unit length, (passages, dimensions) and (cues, dimensions).

    cue_words: stems with their weights; topic_weights: (topics + 1, dimensions + stems + 1), ask_weights: the same for
    leads and then gaps, move_weights: (moves, 2, dimensions + stems + 1); see `recognition`. `words` is what the
    lexical index holds of each passage: its text and the questions it is known to answer.
    """

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    packs: tuple[Pack, ...]
    cues: tuple[Cue, ...]
    conflicts: tuple[Conflict, ...]
    vectors: np.ndarray
    cue_vectors: np.ndarray
    cue_words: dict[str, float]
    topic_weights: np.ndarray
    ask_weights: np.ndarray
    move_weights: np.ndarray
    words: tuple[str, ...] = ()


PARTS: dict[str, Any] = {
    "documents": tuple[Document, ...],
    "passages": tuple[Passage, ...],
    "packs": tuple[Pack, ...],
    "cues": tuple[Cue, ...],
    "cue_words": dict[str, float],
    "conflicts": tuple[Conflict, ...],
}
ARRAYS = ("vectors", "cue_vectors", "topic_weights", "ask_weights", "move_weights")


class Index:
    """An opened build. `sentences` are the sentence passages of each place, in order."""

    def __init__(self, folder: Path, manifest: Manifest, contents: Contents, lexical: Any) -> None:
        import faiss

        self.folder = folder
        self.manifest = manifest
        self.documents = {document.id: document for document in contents.documents}
        self.passages = contents.passages
        self.by_id = {passage.id: passage for passage in contents.passages}
        self.sentences: dict[tuple[str, int], list[Passage]] = {}
        for passage in contents.passages:
            if passage.grain is Grain.SENTENCE:
                self.sentences.setdefault((passage.document, passage.place), []).append(passage)
        self.packs = contents.packs
        self.topics = {topic.id: topic for pack in contents.packs for topic in pack.topics}
        self.leads = {lead.id: lead for pack in contents.packs for lead in pack.leads}
        self.moves = {move.id: move for pack in contents.packs for move in pack.moves}
        self.practice = [moment for pack in contents.packs for moment in pack.practice]
        self.gaps = [(topic, gap) for pack in contents.packs for topic, gaps in pack.gaps.items() for gap in gaps]
        self.cues = contents.cues
        self.conflicts = contents.conflicts
        self.vectors = contents.vectors
        self.cue_vectors = contents.cue_vectors
        self.cue_words = Words(contents.cue_words)
        self.topic_weights = contents.topic_weights
        self.ask_weights = contents.ask_weights
        self.move_weights = contents.move_weights
        self._lexical = lexical
        self._flat = faiss.IndexFlatIP(contents.vectors.shape[1])
        self._flat.add(contents.vectors)

    @property
    def id(self) -> str:
        return self.manifest.id

    def search_vectors(self, vector: np.ndarray, count: int) -> list[tuple[int, float]]:
        """The `count` nearest passages: position and cosine (-1 to 1), nearest first, ties by position."""
        scores, positions = self._flat.search(vector.reshape(1, -1), min(count, len(self.passages)))
        pairs = [(int(p), float(s)) for p, s in zip(positions[0], scores[0], strict=True) if p >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def search_words(self, text: str, count: int) -> list[tuple[int, float]]:
        """The `count` best passages by BM25 over stems: position and score (above 0, no upper bound), best first."""
        known = [token for token in stems(text, stop=True) if token in self._lexical.vocab_dict]
        if not known:
            return []
        scores = self._lexical.get_scores(known)
        best = np.lexsort((np.arange(len(scores)), -scores))[:count]
        return [(int(position), float(scores[position])) for position in best if scores[position] > 0]


def build_lexical(texts: Sequence[str]) -> Any:
    """A BM25 index over the stems of the texts, the same for the same texts."""
    import bm25s

    tokens = [stems(text, stop=True) for text in texts]
    tokens = tokens if any(tokens) else [[""], *tokens[1:]]  # bm25s cannot index function words alone
    vocabulary = {token: number for number, token in enumerate(sorted({t for line in tokens for t in line}))}
    lexical = bm25s.BM25()
    ids = [[vocabulary[token] for token in line] for line in tokens]
    lexical.index((ids, vocabulary), show_progress=False)
    return lexical


def write_build(
    home: Path,
    contents: Contents,
    sources: Sequence[Source],
    version: str,
    encoder: tuple[str, str],
    rules: dict[str, str],
) -> Manifest:
    """Write a build beside the others without publishing it; `encoder` is its name and fingerprint."""
    aside = home / "builds" / f".{uuid.uuid4().hex}"
    aside.mkdir(parents=True)
    try:
        for name, kind in PARTS.items():
            (aside / f"{name}.json").write_bytes(adapter(kind).dump_json(getattr(contents, name)))
        for name in ARRAYS:
            np.save(aside / f"{name}.npy", getattr(contents, name), allow_pickle=False)
        build_lexical(contents.words).save(aside / "lexical", show_progress=False)
        counts = {name: len(getattr(contents, name)) for name in PARTS}
        files = {str(path.relative_to(aside)): sha256(path) for path in sorted(aside.rglob("*")) if path.is_file()}
        rest = {
            "format": FORMAT,
            "version": version,
            "encoder": encoder[0],
            "encoder_sha256": encoder[1],
            "dimensions": int(contents.vectors.shape[1]),
            "sources": [asdict(source) for source in sources],
            "rules": rules,
            "counts": counts,
            "files": files,
        }
        digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
        manifest: Manifest = adapter(Manifest).validate_python({"id": digest[:12], **rest})
        (aside / "manifest.json").write_bytes(adapter(Manifest).dump_json(manifest, indent=1))
        for path in [*aside.rglob("*"), aside]:
            sync(path)
        _put(aside, home / "builds" / manifest.id)
        return manifest
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _put(aside: Path, folder: Path) -> None:
    """Move a finished build to its place; a damaged one of the same id makes room for it."""
    if folder.exists():
        if not damaged_files(folder):
            return
        shutil.rmtree(folder)
    os.rename(aside, folder)
    sync(folder.parent)


def publish(home: Path, build: str) -> None:
    """Make a build the one that readers open, in one step; keep the last three."""
    aside = home / f".current-{uuid.uuid4().hex}"
    aside.write_text(build + "\n", encoding="utf-8")
    sync(aside)
    os.replace(aside, home / "CURRENT")
    sync(home)
    os.utime(home / "builds" / build)
    others = [path for path in (home / "builds").iterdir() if path.name != build]
    unfinished = [path for path in others if path.name.startswith(".")]  # of builds that were killed
    whole = sorted(set(others) - set(unfinished), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in (*unfinished, *whole[KEPT - 1 :]):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Keep other builders out while a build is written and published, which callers do under this lock; not readers."""
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / ".lock"):
        yield


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def current_build(home: Path) -> Path:
    """The folder of the published build. Raises IndexMissing or IndexDamaged."""
    try:
        name = (home / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise IndexMissing(f"no index at {home}; {REBUILD}") from None
    except UnicodeDecodeError:
        name = ""
    folder = home / "builds" / name
    if not BUILD.fullmatch(name) or not folder.is_dir():
        raise IndexDamaged(f"{home}: CURRENT names a build that is not there; {REBUILD}")
    return folder


def read_manifest(folder: Path) -> Manifest:
    """A build's manifest. Raises IndexDamaged, or IndexMismatch where another version of the code wrote it."""
    try:
        data = json.loads((folder / "manifest.json").read_bytes())
        if data.get("format") != FORMAT:
            raise IndexMismatch(
                f"{folder}: built by another version of ragbot (format {data.get('format')}, not {FORMAT}); {REBUILD}"
            )
        return adapter(Manifest).validate_python(data)  # type: ignore[no-any-return]
    except (OSError, ValueError, AttributeError):
        raise IndexDamaged(f"{folder / 'manifest.json'}: unreadable; {REBUILD}") from None


def damaged_files(folder: Path) -> list[str]:
    """The files of a build that are absent or differ from its manifest; the manifest itself where its id is wrong."""
    try:
        manifest = read_manifest(folder)
    except (IndexDamaged, IndexMismatch):
        return ["manifest.json"]
    rest = json.loads((folder / "manifest.json").read_bytes())
    del rest["id"]
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    bad = [] if digest.startswith(manifest.id) else ["manifest.json"]
    return bad + [
        name
        for name, digest in manifest.files.items()
        if not (folder / name).is_file() or sha256(folder / name) != digest
    ]


def open_index(home: Path) -> Index:
    """Open the published build.

    Raises IndexMissing where there is none, IndexDamaged where a file is not what the manifest says,
    IndexMismatch where another version of the code wrote it.
    """
    folder = current_build(home)
    try:
        return open_build(folder)
    except (IndexDamaged, OSError):
        if current_build(home) == folder:
            raise
        return open_index(home)  # thrown away while it was read: a newer one is published


def open_build(folder: Path) -> Index:
    """Open one build, every file checked against its manifest."""
    manifest = read_manifest(folder)
    bad = damaged_files(folder)
    if bad:
        raise IndexDamaged(f"{folder}: damaged ({', '.join(bad)}); {REBUILD}")
    import bm25s

    parts = {name: adapter(kind).validate_json((folder / f"{name}.json").read_bytes()) for name, kind in PARTS.items()}
    contents = Contents(**parts, **{name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in ARRAYS})
    return Index(folder, manifest, contents, bm25s.BM25.load(folder / "lexical", show_progress=False))
