"""Building: which files are read, under which names, and what is noticed when they change."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures_edges import FULL_TEXT, Build, Start, write_corpus, written
from loaves import files_of

from ragbot.build import build_index, check_apart, read_sources
from ragbot.chatbot import Chatbot
from ragbot.embedding import Encoder
from ragbot.errors import PackError, SourceError
from ragbot.index import open_index
from ragbot.settings import Settings
from ragbot.types import Pack, Topic

pytest_plugins = ["fixtures_edges"]


def documents(settings: Settings) -> dict[str, str]:
    """Id and title of each document of the published index."""
    return {document.id: document.title for document in open_index(settings.index).documents.values()}


def test_another_process_builds_the_same_bytes(tmp_path: Path, bread: Settings, start: Start) -> None:
    """The command in a process with another hash seed, from another folder, writes the same files as this one."""
    corpus = str(bread.corpus)
    process = start("-m", "ragbot", "index", "build", "--index", "one", PYTHONHASHSEED="12345", RAGBOT_CORPUS=corpus)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out.startswith("index ") and out.endswith(": 16 passages\n")
    here = files_of(bread.index)
    assert len(here) == 19  # CURRENT, the builders' lock and a build's seventeen
    assert files_of(tmp_path / "one") == here


def test_a_missing_source_is_refused_before_anything_is_written(own_bread: Settings, build: Build) -> None:
    """A file that is not there is named, and the published index stays as it was."""
    before = files_of(own_bread.index)
    with pytest.raises(SourceError, match=r"nowhere\.md: no such file"):
        build(own_bread.corpus / "nowhere.md")
    assert files_of(own_bread.index) == before


def test_source_means_exactly_those_files(own_bread: Settings, build: Build, tmp_path: Path) -> None:
    """With files named, neither the pack's digest nor the reader's other texts are read."""
    written(own_bread.local / "other.md")
    manifest = build(written(tmp_path / "Stone Oven.md"))
    assert documents(own_bread) == {"stone-oven": "Ovens"}
    assert [source.path for source in manifest.sources] == [str(tmp_path / "Stone Oven.md")]
    assert manifest.counts["packs"] == 0


def test_without_files_the_whole_corpus_is_read(own_bread: Settings, build: Build) -> None:
    """The reader's own texts come first, then each pack's digest."""
    written(own_bread.local / "ovens.md")
    build()
    assert documents(own_bread) == {"ovens": "Ovens", "bread-digest": "On Bread"}


def test_a_full_text_replaces_the_digest(own_bread: Settings, build: Build, tmp_path: Path) -> None:
    """A text that the pack recognises is the only source, has the pack's id, and is indexed with its knowledge."""
    manifest = build(written(tmp_path / "scan 7.txt", FULL_TEXT))
    index = open_index(own_bread.index)
    assert list(index.documents) == ["bread"]
    assert index.documents["bread"].text == FULL_TEXT
    assert [pack.id for pack in index.packs] == ["bread"]
    lead = next(lead for lead in index.packs[0].leads if lead.id == "knead-ten-minutes")
    assert [index.by_id[id].text for id in lead.passages] == ["Use both hands for about ten minutes."]
    assert {source.document for source in manifest.sources} == {"bread", None}
    assert "bread/digest.md" not in {source.path for source in manifest.sources if source.document}


def test_a_full_text_in_the_local_folder_replaces_the_digest(own_bread: Settings, build: Build) -> None:
    """Building the whole corpus quotes the reader's own copy where there is one."""
    written(own_bread.local / "copy.txt", FULL_TEXT)
    build()
    assert documents(own_bread) == {"bread": "On Bread"}


def test_texts_of_the_same_name_keep_apart(own_bread: Settings, build: Build, tmp_path: Path) -> None:
    """Two files called alike are two documents, each with its own text."""
    build(written(tmp_path / "a" / "notes.md"), written(tmp_path / "b" / "notes.md", "# Mills\n\nMills grind.\n"))
    assert documents(own_bread) == {"notes": "Ovens", "notes-2": "Mills"}


def test_a_text_called_like_a_digest_keeps_apart(own_bread: Settings, build: Build) -> None:
    """A text of one's own whose name is that of a pack's digest hides neither of the two."""
    written(own_bread.local / "bread-digest.md")
    build()
    assert sorted(documents(own_bread).values()) == ["On Bread", "Ovens"]


def test_two_copies_of_a_work_bring_its_knowledge_once(own_bread: Settings, build: Build, tmp_path: Path) -> None:
    """Two full texts of one work do not make its topics two."""
    build(written(tmp_path / "a.txt", FULL_TEXT), written(tmp_path / "b.txt", FULL_TEXT + "\nBread keeps a week.\n"))
    topics = [topic.id for pack in open_index(own_bread.index).packs for topic in pack.topics]
    assert topics == ["kneading", "proofing"]


def test_markdown_is_answered_from_without_any_pack(tmp_path: Path, minilm: Encoder) -> None:
    """A text that nothing is known of beforehand is indexed and quoted all the same."""
    settings = Settings(tmp_path / "none", tmp_path / "none" / "local", tmp_path / "index", "all-MiniLM-L6-v2", 1)
    build_index(settings, minilm, [written(tmp_path / "ovens.md")])
    reply = Chatbot(open_index(settings.index), minilm).ask("How long does a stone oven keep its heat?")
    assert [item.quote for item in reply.evidence] == ["A stone oven keeps its heat for hours."]
    assert reply.topics == ()


def test_an_empty_corpus_says_what_to_do(tmp_path: Path, minilm: Encoder) -> None:
    """Where there is nothing to index, the error names the folder and the option."""
    settings = Settings(tmp_path, tmp_path / "local", tmp_path / "index", "all-MiniLM-L6-v2", 1)
    with pytest.raises(SourceError, match=f"nothing to index under {tmp_path}; .*--source FILE"):
        build_index(settings, minilm)
    assert not settings.index.exists()


def test_a_text_of_function_words_alone_is_indexed(own_bread: Settings, build: Build, tmp_path: Path) -> None:
    """A text without a single word for the lexical index still makes an index that opens."""
    build(written(tmp_path / "short.md", "# It\n\nIt is what it was.\n"))
    index = open_index(own_bread.index)
    assert index.passages[0].text == "It is what it was."
    assert index.search_words("it was", 3) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("topics.yaml", b"topics:\n  - {id: a, nmae: b, terms: []}\n"),
        ("guidance.yaml", b"leads: [\n"),
        ("work.toml", b"title = On Bread\n"),
        ("digest.md", b"# Cr\xe8me\n\nNot UTF-8.\n"),
        ("references.json", b"[{"),
        ("references.json", b'[{"id": "untyped"}]'),
        ("topics.yaml", b"topics: \xff\n"),
    ],
)
def test_a_faulty_file_of_a_pack_is_named(own_bread: Settings, build: Build, name: str, data: bytes) -> None:
    """Whatever is wrong with a pack's file, it is one line that names the file; the published index stays."""
    before = files_of(own_bread.index)
    path = own_bread.corpus / "bread" / name
    path.write_bytes(data)
    with pytest.raises(PackError) as refused:
        build()
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert files_of(own_bread.index) == before


def test_packs_are_found_by_their_file(tmp_path: Path) -> None:
    """A corpus folder's other folders are no packs, and a pack's references are part of its digest."""
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / "drafts").mkdir()
    settings = Settings(corpus, corpus / "local", tmp_path / "index", "all-MiniLM-L6-v2", 1)
    (reading,) = read_sources(settings, ())
    assert [entry.text for entry in reading.document.references] == [
        "Oven, B. (2015). Ten minutes at the bench. *Journal of Dough*, 4, 1–9."
    ]


def test_two_packs_may_not_share_ids() -> None:
    """A topic of the same id in two packs is refused by name, since each would speak for the other."""
    rise = Topic("rise", "rising", ("rise",))
    packs = [Pack("bread", "Bread", "book", (rise,)), Pack("salt", "Salt", "book", (rise,))]
    with pytest.raises(PackError, match="two packs have the same id among their topics: rise"):
        check_apart(packs)
    check_apart(packs[:1])
