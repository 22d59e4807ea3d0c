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

from ragbot.recognition import DANGER, features, learn_weights, marks, weigh_words
from ragbot.rules import FOLDER, WHO, Rules, read_rules

LEARNED = FOLDER / "learned"
FROM = ("safety.yaml", "scopes.yaml", "messages/*.yaml")  # files it is learned from
Read = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True, slots=True)
class Danger:
    """words: stems with their weights; weights: (3, dimensions + stems + rules + 1), see `recognition`."""

    words: dict[str, float]
    weights: np.ndarray


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


def known_of(texts: Sequence[str], read: np.ndarray, words: dict[str, float], fired: np.ndarray) -> np.ndarray:
    """What is looked at in each text: what it means, its words, and which rules `fired`, side by side."""
    return np.hstack([features(texts, read, words), fired])


@lru_cache(maxsize=2)
def learn_danger(read: Read, harmless: tuple[str, ...] = ()) -> Danger:
    """Learn from the written messages, and from others that are `harmless`: questions and tellings of a pack."""
    rules = read_rules()
    texts = [*(message.says for message in rules.messages), *harmless]
    about = [[WHO.index(x.who)] if x.who in WHO else [] for x in rules.messages] + [[] for _ in harmless]
    words = weigh_words(texts)
    return Danger(
        words, learn_weights(known_of(texts, read(texts), words, signs(texts, rules)), about, len(WHO), DANGER)
    )


def danger_for(fingerprint: str, read: Read) -> Danger:
    """What was learned with an encoder: shipped, where it was with this one and from these files; else learned now."""
    origin = read_origin()
    if origin != Origin(fingerprint, sums()):
        return learn_danger(read)
    words = json.loads((LEARNED / "words.json").read_text(encoding="utf-8"))
    return Danger(words, np.load(LEARNED / "weights.npy", allow_pickle=False))


def read_origin() -> Origin | None:
    """What the shipped one was learned from; None where there is none."""
    path = LEARNED / "origin.json"
    return Origin(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def write_danger(danger: Danger, fingerprint: str, folder: Path = LEARNED) -> None:
    """Ship what was learned with an encoder. The same input gives the same bytes."""
    folder.mkdir(exist_ok=True)
    (folder / "words.json").write_text(json.dumps(danger.words, indent=0), encoding="utf-8")
    np.save(folder / "weights.npy", danger.weights, allow_pickle=False)
    (folder / "origin.json").write_text(
        json.dumps(asdict(Origin(fingerprint, sums())), indent=1) + "\n", encoding="utf-8"
    )
