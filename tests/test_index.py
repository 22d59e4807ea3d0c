"""The index: what it finds, and how a whole build is told from a damaged one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from loaves import TEXTS, damage, files_of, opened, tiny

from ragbot.errors import IndexDamaged, IndexMismatch, IndexMissing
from ragbot.index import FORMAT, Index, current_build, open_index
from ragbot.settings import Settings

pytest_plugins = ["fixtures_edges"]

MENDS = "run: ragbot index build"


# ---------------------------------------------------------------- finding


def test_a_passage_finds_itself_first(bread_index: Index) -> None:
    """The vector of each passage brings that passage first, with cosine 1, unless an equal one stands before it."""
    for passage in bread_index.passages:
        position, score = bread_index.search_vectors(bread_index.vectors[passage.position], 3)[0]
        assert bread_index.passages[position].text == passage.text
        assert score == pytest.approx(1, abs=1e-5)


def test_a_passage_finds_itself_by_its_words(bread_index: Index) -> None:
    """The text of each sentence brings that sentence, or the paragraph that holds it, first."""
    for passage in bread_index.passages:
        best = bread_index.passages[bread_index.search_words(passage.text, 1)[0][0]]
        assert best.place == passage.place, passage.text


@pytest.mark.parametrize("count", [1, 2, 3, 4, 10])
def test_equal_vectors_come_by_position(tmp_path: Path, count: int) -> None:
    """Among equals the earlier passage comes first, also where the cut falls between them."""
    found = opened(tmp_path, tiny()).search_vectors(np.array([1, 0, 0, 0], np.float32), count)
    assert found == [(position, 1.0) for position in range(min(count, len(TEXTS)))]


def test_nearer_vectors_come_first(tmp_path: Path) -> None:
    """The score is the cosine, from 1 down to -1, and the nearest stands first."""
    vectors = np.array([[-1, 0, 0, 0], [0.6, 0.8, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    found = opened(tmp_path, tiny(vectors=vectors)).search_vectors(np.array([1, 0, 0, 0], np.float32), 4)
    assert [position for position, _ in found] == [2, 1, 3, 0]
    assert [score for _, score in found] == pytest.approx([1, 0.6, 0, -1])


def test_words_are_compared_by_stem(tmp_path: Path) -> None:
    """Any form of a word finds every form of it, and nothing else."""
    index = opened(tmp_path, tiny())
    for form in ("knead", "kneads", "KNEADING?", "kneaded"):
        assert sorted(position for position, _ in index.search_words(form, 9)) == [0, 2]
    assert all(score > 0 for _, score in index.search_words("kneading the crust", 9))


def test_equal_words_come_by_position(tmp_path: Path) -> None:
    """Passages of the same words stand in the order of the document."""
    index = opened(tmp_path, tiny(("dough rests", "dough rises", "dough rests", "dough rests")))
    assert [position for position, _ in index.search_words("rest", 2)] == [0, 2]


@pytest.mark.parametrize("text", ["", "?!", "zeppelin", "it is what it was", "ß"])
def test_words_the_index_does_not_know_give_nothing(tmp_path: Path, text: str) -> None:
    """No word, an unknown word or function words alone bring no passage rather than an arbitrary one."""
    assert opened(tmp_path, tiny()).search_words(text, 5) == []


def test_an_unknown_word_does_not_disturb_a_known_one(tmp_path: Path) -> None:
    """What is found for a word is found for it beside a word that stands nowhere."""
    index = opened(tmp_path, tiny())
    assert index.search_words("zeppelin crust", 5) == index.search_words("crust", 5) != []


# ---------------------------------------------------------------- a build is whole, or refused


@pytest.mark.parametrize("how", ["flipped", "truncated", "removed"])
def test_a_damaged_file_is_named_with_the_command_that_mends_it(own_bread: Settings, how: str) -> None:
    """Each file of a build, the manifest included, is refused when it is not what was written."""
    folder = current_build(own_bread.index)
    names = sorted(files_of(folder))
    assert {"manifest.json", "passages.json", "vectors.npy", "cue_vectors.npy"} < set(names)
    for name in names:
        whole = (folder / name).read_bytes()
        damage(folder / name, how)
        with pytest.raises(IndexDamaged) as refused:
            open_index(own_bread.index)
        assert name in str(refused.value) and MENDS in str(refused.value), name
        (folder / name).write_bytes(whole)
    assert open_index(own_bread.index).id == folder.name


def test_no_byte_of_the_manifest_may_change(own_bread: Settings) -> None:
    """Wherever a bit of the manifest flips, the index is refused, never opened and never a stray exception."""
    path = current_build(own_bread.index) / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        for bit in (1, 32, 128):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            with pytest.raises((IndexDamaged, IndexMismatch), match=MENDS):
                open_index(own_bread.index)


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"{}", b'"index"', b"\xff\xfe"])
def test_a_manifest_that_is_none_is_damaged(own_bread: Settings, text: bytes) -> None:
    """Whatever else stands in manifest.json, the error names the file and the command."""
    (current_build(own_bread.index) / "manifest.json").write_bytes(text)
    with pytest.raises((IndexDamaged, IndexMismatch), match=MENDS):
        open_index(own_bread.index)


def test_another_format_is_a_mismatch(own_bread: Settings) -> None:
    """A build of another version of the code says so with both numbers."""
    path = current_build(own_bread.index) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "format": 99}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match=rf"format 99, not {FORMAT}.*{MENDS}"):
        open_index(own_bread.index)


def test_no_index_is_missing(own_bread: Settings, tmp_path: Path) -> None:
    """Without CURRENT, or without a folder at all, there is no index yet."""
    (own_bread.index / "CURRENT").unlink()
    for home in (own_bread.index, tmp_path / "nowhere"):
        with pytest.raises(IndexMissing, match=f"no index at {home}; {MENDS}"):
            open_index(home)


@pytest.mark.parametrize("text", [b"", b"\n", b"0123456789ab\n", b"..\n", b"../builds\n", b"\xff\xfe", b"\0"])
def test_a_current_that_points_nowhere_is_damaged(own_bread: Settings, text: bytes) -> None:
    """CURRENT that is empty, garbled or names no build is refused, and nothing outside the builds is opened."""
    (own_bread.index / "CURRENT").write_bytes(text)
    with pytest.raises(IndexDamaged, match=f"CURRENT.*{MENDS}"):
        open_index(own_bread.index)
