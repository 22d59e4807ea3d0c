"""What is noticed when sources or builds change, and how a text of one's own is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures_edges import FULL_TEXT, NOTES, Build, written

from ragbot.build import add_text, read_sources, verify_index
from ragbot.chatbot import Chatbot
from ragbot.embedding import Encoder
from ragbot.errors import IndexDamaged, IndexMismatch, IndexMissing, SourceError
from ragbot.index import current_build, open_index
from ragbot.opening import open_chatbot
from ragbot.rules import rule_sums
from ragbot.settings import Settings

pytest_plugins = ["fixtures_edges"]


def test_an_index_that_matches_has_no_fault(own_bread: Settings) -> None:
    """Verifying an untouched index of untouched sources finds nothing."""
    assert verify_index(own_bread) == []


def test_a_changed_source_is_named_and_not_answered_from(own_bread: Settings) -> None:
    """Verifying names the file that changed; opening refuses with the command that mends it, and building mends it."""
    digest = own_bread.corpus / "bread" / "digest.md"
    digest.write_text(digest.read_text(encoding="utf-8").replace("Ten minutes", "Twelve minutes"), encoding="utf-8")
    assert verify_index(own_bread) == [f"{digest}: changed since the index was built"]
    with pytest.raises(IndexMismatch, match=f"^{digest}: changed since the index was built; run: ragbot index build$"):
        open_chatbot(own_bread)


def test_changed_wording_is_named(own_bread: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file of rules, wording and what was learned has its checksum in the manifest; one that changed is named."""
    manifest = open_index(own_bread.index).manifest
    assert {"responses.yaml", "safety.yaml", "regions.yaml", "learned/weights.npy"} < set(manifest.rules)
    changed = {**rule_sums(), "responses.yaml": "0" * 64}
    monkeypatch.setattr("ragbot.build.rule_sums", lambda: changed)
    assert verify_index(own_bread) == ["rules/responses.yaml: changed since the index was built"]


def test_building_mends_a_changed_source(own_bread: Settings, build: Build) -> None:
    """After the command that the error names, the new text is quoted."""
    digest = own_bread.corpus / "bread" / "digest.md"
    digest.write_text(digest.read_text(encoding="utf-8").replace("Ten minutes", "Twelve minutes"), encoding="utf-8")
    build()
    assert verify_index(own_bread) == []
    assert any("Twelve minutes" in passage.text for passage in open_index(own_bread.index).passages)


def test_a_source_that_is_gone_is_named_and_still_answered_from(
    own_bread: Settings, build: Build, tmp_path: Path
) -> None:
    """The index holds the text, so that asking works without the file; verifying says that it is gone."""
    path = written(tmp_path / "copy.txt", FULL_TEXT)
    build(path)
    path.unlink()
    assert verify_index(own_bread) == [f"{path}: gone since the index was built"]
    reply = open_chatbot(own_bread).ask("How long do I knead?")
    assert reply.evidence[0].quote == "Use both hands for about ten minutes."


def test_a_damaged_file_is_among_the_faults(own_bread: Settings) -> None:
    """Verifying names each damaged file beside each changed source, and an index that is missing."""
    folder = current_build(own_bread.index)
    (folder / "vectors.npy").write_bytes(b"")
    (own_bread.corpus / "bread" / "table-1.tsv").unlink()
    assert verify_index(own_bread) == [
        f"{folder / 'vectors.npy'}: absent or damaged",
        f"{own_bread.corpus / 'bread' / 'table-1.tsv'}: gone since the index was built",
    ]
    (own_bread.index / "CURRENT").unlink()
    with pytest.raises(IndexMissing):
        verify_index(own_bread)


def test_a_damaged_index_is_never_rebuilt_unasked(own_bread: Settings) -> None:
    """Only a missing index is built by itself: damage is reported, so that its cause is seen."""
    (current_build(own_bread.index) / "passages.json").write_bytes(b"[]")
    with pytest.raises(IndexDamaged, match=r"passages\.json.*run: ragbot index build"):
        open_chatbot(own_bread)


def test_another_encoder_is_refused(own_bread: Settings, minilm: Encoder) -> None:
    """An index whose manifest pins other weights is not searched with these: the error names both and the command."""
    other = Encoder("own-model", "f" * 64, 384, minilm.encode, minilm.read, minilm.pieces)
    with pytest.raises(IndexMismatch, match=r"'all-MiniLM-L6-v2', not with 'own-model'; run: ragbot index build"):
        Chatbot(open_index(own_bread.index), other)


# ---------------------------------------------------------------- corpus add


def test_a_recognised_text_is_added_under_the_packs_name(own_bread: Settings, tmp_path: Path) -> None:
    """A full text goes to local/ as the work it is, byte for byte, and is read in place of the digest."""
    copy = written(tmp_path / "Scan.TXT", FULL_TEXT.replace("\n", "\r\n"))
    assert add_text(own_bread, copy) == (own_bread.local / "bread.txt", "bread")
    assert (own_bread.local / "bread.txt").read_bytes() == copy.read_bytes()
    assert [reading.document.id for reading in read_sources(own_bread, ())] == ["bread"]


def test_an_unrecognised_text_is_added_under_its_own_name(own_bread: Settings, tmp_path: Path) -> None:
    """Another text goes to local/ beside the packs, which keep their digests."""
    assert add_text(own_bread, written(tmp_path / "Stone Oven.md")) == (own_bread.local / "stone-oven.md", None)
    assert [reading.document.id for reading in read_sources(own_bread, ())] == ["stone-oven", "bread-digest"]


def test_the_same_text_may_be_added_twice_but_no_other_of_its_name(own_bread: Settings, tmp_path: Path) -> None:
    """Adding a file again changes nothing; another file of that name is refused and the first one kept."""
    path = written(tmp_path / "notes.md")
    assert add_text(own_bread, path) == add_text(own_bread, path)
    other = written(tmp_path / "b" / "notes.md", "# Mills\n\nMills grind.\n")
    with pytest.raises(SourceError, match=f"{own_bread.local / 'notes.md'} is there already and differs"):
        add_text(own_bread, other)
    assert (own_bread.local / "notes.md").read_text(encoding="utf-8") == NOTES


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.md", b" \n\n", "the file is empty"),
        ("scan.pdf", b"%PDF-1.7", r"files of type '\.pdf' are not read"),
        ("latin.txt", b"Cr\xe8me", "not UTF-8 at byte 2"),
        ("binary.txt", b"a\0b", "not a text file"),
    ],
)
def test_a_file_that_is_no_text_is_not_added(own_bread: Settings, name: str, data: bytes, said: str) -> None:
    """What cannot be read is refused with the reason, and the local folder stays as it was."""
    path = own_bread.corpus / name
    path.write_bytes(data)
    with pytest.raises(SourceError, match=f"{path}: {said}"):
        add_text(own_bread, path)
    assert not own_bread.local.exists()
