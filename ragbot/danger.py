"""What tells whose safety is at stake in a message: learned from written messages, and shipped beside the rules.

It belongs to the engine, not to an index: whatever is indexed, and whenever it was built, the same message is read
alike. `rules/learned/` holds what was learned with the bundled encoder; with another, it is learned at every start,
which takes minutes, or once: RAGBOT_ENCODER=… scripts/learn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ragbot.recognition import Words, features, in_blocks, learn_weights, marks, weigh_words
from ragbot.rules import FOLDER, WHO, Rules, read_messages, read_rules
from ragbot.words import WORD, plain

LEARNED = FOLDER / "learned"
FROM = ("safety.yaml", "scopes.yaml", "messages/*.yaml")  # files it is learned from
STRENGTH = 10.0  # inverse of the L2 penalty
MEANING = 0.2  # what meaning counts beside words and rules: at 1 twice as many hard negatives were false alarms
Read = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Danger:
    """words: stems and runs of two; weights: (3, dimensions + words + rules + 1), see `recognition`.

    spelt: the words, as they are spelt, of the messages in which someone is in danger.
    """

    words: Words
    weights: np.ndarray
    spelt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What was learned from: the encoder's fingerprint, and the SHA-256 of all files of FROM."""

    encoder: str
    files: str


def sums() -> str:
    """The SHA-256 of everything that is learned from."""
    paths = sorted(path for pattern in FROM for path in FOLDER.glob(pattern))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def signs(texts: Sequence[str], rules: Rules) -> np.ndarray:
    """Which rules of safety and of scope fire in which texts, (texts, rules)."""
    return marks(texts, (*rules.safety, *rules.scopes))


def known_of(texts: Sequence[str], read: np.ndarray, words: Words, fired: np.ndarray) -> np.ndarray:
    """What is looked at in each text: what it means, its words, and which rules `fired`, side by side."""
    return np.hstack([features(texts, MEANING * read, words), fired])


@lru_cache(maxsize=2)
def learn_danger(read: Read, harmless: tuple[str, ...] = ()) -> Danger:
    """Learn from the written messages, and from others that are `harmless`: questions and tellings of a pack."""
    rules, messages = read_rules(), read_messages()
    texts = [*(message.says for message in messages), *harmless]
    about = [[WHO.index(x.who)] if x.who in WHO else [] for x in messages] + [[] for _ in harmless]
    words, vectors = weigh_words(texts, runs=True), read(texts)

    def known(part: slice) -> np.ndarray:
        return known_of(texts[part], vectors[part], words, signs(texts[part], rules))

    spelt = {word for x in messages if x.who in WHO for word in WORD.findall(plain(x.says))}
    weights = learn_weights(in_blocks(known, len(texts)), about, len(WHO), STRENGTH)
    return Danger(words, weights, tuple(sorted(spelt)))


def danger_for(fingerprint: str, read: Read) -> Danger:
    """What was learned with an encoder: shipped, where it was with this one and from these files; else learned now."""
    origin = read_origin()
    if origin != Origin(fingerprint, sums()):
        return learn_danger(read)
    words, spelt = (json.loads((LEARNED / f"{name}.json").read_text(encoding="utf-8")) for name in ("words", "spelt"))
    return Danger(Words(words), np.load(LEARNED / "weights.npy", allow_pickle=False), tuple(spelt))


def read_origin() -> Origin | None:
    """What the shipped one was learned from; None where there is none."""
    path = LEARNED / "origin.json"
    return Origin(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def write_danger(danger: Danger, fingerprint: str, folder: Path = LEARNED) -> None:
    """Ship what was learned with an encoder. The same input gives the same bytes."""
    folder.mkdir(exist_ok=True)
    for name, held in (("words", danger.words.weights), ("spelt", danger.spelt)):
        (folder / f"{name}.json").write_text(json.dumps(held, indent=0), encoding="utf-8")
    np.save(folder / "weights.npy", danger.weights, allow_pickle=False)
    (folder / "origin.json").write_text(
        json.dumps(asdict(Origin(fingerprint, sums())), indent=1) + "\n", encoding="utf-8"
    )
