"""The offline half: files → documents → passages → vectors → a published index."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ragbot import __version__
from ragbot.conflicts import find_conflicts
from ragbot.documents import SUFFIXES, read_document, read_text, slug
from ragbot.embedding import PIECES, Encoder
from ragbot.errors import IndexDamaged, PackError, SourceError
from ragbot.index import (
    Contents,
    Manifest,
    Source,
    current_build,
    damaged_files,
    locked,
    publish,
    read_manifest,
    sha256,
    write_build,
)
from ragbot.pack import assemble_digest, cues_of, is_pack, pack_files, read_pack, read_work, recognises, resolve_pack
from ragbot.passages import split_passages
from ragbot.recognition import ASKED, TOLD, Words, features, in_blocks, learn_weights, weigh_words
from ragbot.rules import rule_sums
from ragbot.settings import Settings
from ragbot.types import Cue, Document, Pack, Passage

Say = Callable[[str], None]
BUILD_THREADS = 2  # of the encoder, while building


@dataclass(frozen=True, slots=True)
class Reading:
    """A document read, the files it came from, and the pack that knows it."""

    document: Document
    sources: tuple[Source, ...]
    pack: Pack | None


def find_packs(corpus: Path) -> tuple[Path, ...]:
    """The packs of a corpus folder, by name."""
    return tuple(sorted(path for path in corpus.iterdir() if is_pack(path))) if corpus.is_dir() else ()


def find_texts(local: Path) -> tuple[Path, ...]:
    """The reader's own texts, by name."""
    return tuple(sorted(path for path in local.iterdir() if path.suffix.lower() in SUFFIXES)) if local.is_dir() else ()


def as_named(path: Path, settings: Settings) -> str:
    """A source's path for the manifest: relative to the corpus where it lies in it, else absolute."""
    path, corpus = path.resolve(), settings.corpus.resolve()
    return path.relative_to(corpus).as_posix() if path.is_relative_to(corpus) else str(path)


def source_path(name: str, settings: Settings) -> Path:
    """The file a manifest's source names."""
    return Path(name) if os.path.isabs(name) else settings.corpus / name


def check_apart(packs: Sequence[Pack]) -> None:
    """Raises PackError where two packs use the same id: they would speak for each other."""
    for kind in ("topics", "leads", "moves"):
        ids = [item.id for pack in packs for item in getattr(pack, kind)]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise PackError(f"two packs have the same id among their {kind}: {', '.join(twice)}; rename one")


def free_name(name: str, readings: Sequence[Reading]) -> str:
    """The name, or the first of "name-2", "name-3" … that no document has yet."""
    taken = {reading.document.id for reading in readings}
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(choice for choice in names if choice not in taken)


def read_sources(settings: Settings, files: Sequence[Path]) -> list[Reading]:
    """Read exactly `files`, or else everything in the corpus: each pack's digest or, where there is one, its full text.

    Raises SourceError and PackError.
    """
    packs = {folder: read_work(folder) for folder in find_packs(settings.corpus)}
    readings: list[Reading] = []
    for path in files or find_texts(settings.local):
        text = read_text(path)
        folder = next((folder for folder, work in packs.items() if recognises(work, text)), None)
        name = free_name(folder.name if folder else slug(path.stem), readings)
        document = read_document(name, text, packs[folder].outline if folder else None)
        pack = read_pack(folder) if folder and name == folder.name else None  # once, where a work is there twice
        readings.append(Reading(document, (Source(as_named(path, settings), sha256(path), name),), pack))
    known = {reading.pack.id for reading in readings if reading.pack}
    for folder, work in packs.items():
        if files or folder.name in known:
            continue
        name = free_name(f"{folder.name}-digest", readings)
        document = read_document(name, assemble_digest(folder), work.outline)
        sources = tuple(
            Source(as_named(p, settings), sha256(p), name if p.name == "digest.md" else None)
            for p in pack_files(folder)
        )
        readings.append(Reading(document, sources, read_pack(folder)))
    check_apart([reading.pack for reading in readings if reading.pack])
    if not readings:
        raise SourceError(f"nothing to index under {settings.corpus}; name a file: ragbot index build --source FILE")
    return readings


def pack_sources(settings: Settings, readings: Sequence[Reading]) -> list[Source]:
    """The sources of all readings, with the knowledge files of every pack that is used, each once."""
    sources = {source.path: source for reading in readings for source in reading.sources}
    for reading in readings:
        if reading.pack:
            for path in pack_files(settings.corpus / reading.pack.id):
                name = as_named(path, settings)
                if path.suffix in (".yaml", ".toml"):
                    sources.setdefault(name, Source(name, sha256(path), None))
    return [sources[name] for name in sorted(sources)]


def build_contents(readings: Sequence[Reading], encoder: Encoder, say: Say) -> Contents:
    """Passages, resolved packs, cues and their vectors. Says what of a pack is not supported by its source."""
    passages: list[Passage] = []
    packs: list[Pack] = []
    for reading in readings:
        found = split_passages(reading.document, PIECES, encoder.pieces)
        passages += found
        if reading.pack:
            pack, faults = resolve_pack(reading.pack, {passage.id: passage for passage in found}, reading.document)
            packs.append(pack)
            for fault in faults:
                say(f"{pack.id}: {fault}")
    passages = [replace(passage, position=position) for position, passage in enumerate(passages)]
    cues = tuple(cue for pack in packs for cue in cues_of(pack))
    attempts = [attempt for pack in packs for attempt in pack.attempts]
    say(f"encoding {len(passages)} passages, {len(cues)} cues and {len(attempts)} attempts")
    return Contents(
        documents=tuple(reading.document for reading in readings),
        passages=tuple(passages),
        packs=tuple(packs),
        cues=cues,
        conflicts=tuple(x for reading in readings for x in find_conflicts(reading.document, passages)),
        vectors=encoder.encode([passage.text for passage in passages]),
        words=with_questions(passages, packs),
        **learn(packs, cues, encoder),
    )


def read_all(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """What the encoder reads in each text; of no texts no rows, as wide as of some."""
    return encoder.read(texts or [""])[: len(texts)]


def learn(packs: Sequence[Pack], cues: Sequence[Cue], encoder: Encoder) -> dict[str, Any]:
    """The cues' vectors, and what is learned from them: to tell topics apart, and leads and gaps."""
    texts = [cue.text for cue in cues]
    read = read_all(encoder, texts)
    vectors = read[:, : encoder.dimensions]
    words = weigh_words(texts)
    topics = [topic.id for pack in packs for topic in pack.topics]
    asks = [lead.id for pack in packs for lead in pack.leads]
    asks += [gap.lacks for pack in packs for gaps in pack.gaps.values() for gap in gaps]
    asking = [number for number, cue in enumerate(cues) if cue.lead or cue.gap or cue.elsewhere]
    spoken = [number for number, cue in enumerate(cues) if not (cue.term or cue.gap)]
    about = [[topics.index(topic) for topic in cues[number].topics] for number in spoken]
    asked = [[asks.index(name)] if (name := cues[number].lead or cues[number].gap) else [] for number in asking]

    def known(numbers: Sequence[int], vectors: np.ndarray) -> Any:
        """The features of some cues."""
        some, own = [texts[number] for number in numbers], vectors[numbers]
        return in_blocks(lambda part: features(some[part], own[part], words), len(some))

    return {
        "cue_vectors": np.ascontiguousarray(vectors),
        "cue_words": words.weights,
        "topic_weights": learn_weights(known(spoken, read), about, len(topics), TOLD),
        "ask_weights": learn_weights(known(asking, vectors), asked, len(asks), ASKED),
        "move_weights": learn_moves(packs, words, encoder),
    }


def learn_moves(packs: Sequence[Pack], words: Words, encoder: Encoder) -> np.ndarray:
    """What tells whether each move is in an attempt, (moves, 2, features + 1): several may be, so each by itself."""
    found = []
    for pack in packs:
        texts = [attempt.says for attempt in pack.attempts]
        known = features(texts, read_all(encoder, texts), words)
        for move in pack.moves:
            seen = [[0] if move.id in attempt.moves else [] for attempt in pack.attempts]
            found.append(learn_weights(known, seen, 1, ASKED))
    return np.stack(found) if found else np.zeros((0, 2, 1), np.float32)


def with_questions(passages: Sequence[Passage], packs: Sequence[Pack]) -> tuple[str, ...]:
    """Each passage's text with the questions of the leads that rest on it, for the lexical index.

    Document expansion by queries (Nogueira et al., 2019, arXiv 1904.08375), with written questions in place of
    predicted ones.
    """
    asks: dict[str, list[str]] = {}
    for lead in (lead for pack in packs for lead in pack.leads):
        for passage in lead.passages[:1]:
            asks.setdefault(passage, []).extend(lead.asks)
    return tuple(" ".join((passage.text, *asks.get(passage.id, ()))) for passage in passages)


def build_index(
    settings: Settings, encoder: Encoder, files: Sequence[Path] = (), say: Say = lambda line: None
) -> Manifest:
    """Build and publish an index of `files`, or of the whole corpus. The same input gives the same bytes.

    Raises SourceError and PackError before anything is written.
    """
    readings = read_sources(settings, files)
    contents = build_contents(readings, encoder, say)
    sources = pack_sources(settings, readings)
    with locked(settings.index):
        by = (encoder.name, encoder.fingerprint)
        manifest = write_build(settings.index, contents, sources, __version__, by, rule_sums())
        publish(settings.index, manifest.id)
    return manifest


def changed_sources(settings: Settings, manifest: Manifest) -> list[str]:
    """A line for each source that changed since the index was built."""
    lines = []
    for source in manifest.sources:
        path = source_path(source.path, settings)
        if path.is_file() and sha256(path) != source.sha256:
            lines.append(f"{path}: changed since the index was built")
    return lines


def changed_rules(manifest: Manifest) -> list[str]:
    """A line for each file of the engine's rules and wording that is not as it was when the index was built."""
    now = rule_sums()
    names = sorted(now.keys() | manifest.rules.keys())
    return [
        f"rules/{name}: changed since the index was built"
        for name in names
        if now.get(name) != manifest.rules.get(name)
    ]


def missing_sources(settings: Settings, manifest: Manifest) -> list[str]:
    """The sources that are no longer there; an index answers without them, since it holds their text."""
    paths = [source_path(source.path, settings) for source in manifest.sources]
    return [f"{path}: gone since the index was built" for path in paths if not path.is_file()]


def verify_index(settings: Settings) -> list[str]:
    """Whether the published index is whole and matches its sources: a line for each fault, none where all is well.

    Raises IndexMissing where there is none.
    """
    folder = current_build(settings.index)
    faults = [f"{folder / name}: absent or damaged" for name in damaged_files(folder)]
    try:
        manifest = read_manifest(folder)
        changed = changed_sources(settings, manifest) + changed_rules(manifest)
        return faults + changed + missing_sources(settings, manifest)
    except IndexDamaged:
        return faults


def add_text(settings: Settings, path: Path) -> tuple[Path, str | None]:
    """Take a text into the local corpus; where it went, and the id of the pack that recognises it.

    Raises SourceError where it cannot be read as a document.
    """
    text = read_text(path)
    read_document(slug(path.stem), text)
    works = {folder.name: read_work(folder) for folder in find_packs(settings.corpus)}
    known = next((name for name, work in works.items() if recognises(work, text)), None)
    settings.local.mkdir(parents=True, exist_ok=True)
    target = settings.local / f"{known or slug(path.stem)}{path.suffix.lower()}"
    if target.exists() and sha256(target) != hashlib.sha256(path.read_bytes()).hexdigest():
        raise SourceError(f"{target} is there already and differs; take it away first, then add the new one")
    if not target.exists():
        shutil.copyfile(path, target)
    return target, known
