"""A pack's folder → what is known of a work, its anchors found in any edition."""

from dataclasses import replace

import pytest
from conftest import DATA, PACK, TINY_PACK, count_words

from ragbot.documents import read_document, read_text
from ragbot.embedding import PIECES
from ragbot.errors import PackError
from ragbot.pack import (
    Places,
    assemble_digest,
    check_names,
    cues_of,
    is_pack,
    pack_files,
    read_pack,
    read_work,
    recognises,
    resolve_pack,
)
from ragbot.passages import split_passages
from ragbot.types import Anchor, Cue, Lead


@pytest.fixture(params=["full", "tiny_digest"])
def passages(request):
    """The passages of each source of the tiny work, by id."""
    found = split_passages(request.getfixturevalue(request.param), 80, count_words)
    return {passage.id: passage for passage in found}


@pytest.fixture
def tiny():
    """The tiny pack."""
    return read_pack(TINY_PACK)


def words_at(passages, ids):
    """The first two words of passages."""
    return [" ".join(passages[i].text.split()[:2]) for i in ids]


def with_lead(pack, **changes):
    """The pack with its first lead changed."""
    return replace(pack, leads=(replace(pack.leads[0], **changes), *pack.leads[1:]))


def test_the_pack_resolves_in_both_sources(both_sources, outline, encoder):
    """Every anchor of the built-in pack is found in the chapter and in the digest, and every number stands there."""
    passages = split_passages(read_document("work", both_sources, outline), PIECES, encoder.pieces)
    pack = read_pack(PACK)
    resolved, faults = resolve_pack(pack, {passage.id: passage for passage in passages})
    assert faults == ()
    assert (len(resolved.leads), len(resolved.caveats)) == (len(pack.leads), len(pack.caveats))
    assert all(x.passages for x in (*resolved.leads, *resolved.caveats))


def test_the_tiny_pack(tiny):
    """A pack holds what its files say, in their order."""
    assert (tiny.id, tiny.title, tiny.noun) == ("soil-and-tomatoes", "Soil and Tomatoes", "leaflet")
    assert [topic.id for topic in tiny.topics] == ["compost", "watering", "myths"]
    assert [lead.id for lead in tiny.leads][::2] == ["compost-weight", "loam", "companions"]
    assert (tiny.topics[0].related, tiny.caveats[0].exempt) == (("watering",), ("myths",))


def test_the_tiny_pack_resolves_in_both_sources(tiny, passages):
    """One anchor finds its place in the digest and in a full text that is worded otherwise."""
    resolved, faults = resolve_pack(tiny, passages)
    assert faults == ()
    assert [len(lead.passages) for lead in resolved.leads] == [2, 2, 1, 2, 2]
    assert [len(topic.passages) for topic in resolved.topics] == [2, 1, 0]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("topics.yaml", "    name: compost", "    nam: compost", ["compost.name: is missing", "compost.nam: unknown"]),
        ("topics.yaml", "    terms: [compost, rotted leaves, heap]\n", "", ["topics.compost.terms: is missing"]),
        ("guidance.yaml", "answers: [definition]", "answers: [poem]", ["leads.loam.answers.0: "]),
        ("guidance.yaml", "asks:\n      - what is loam", "ask:\n      - what is loam", ["leads.loam.ask: unknown key"]),
        ("guidance.yaml", "topics: [myths]\n", "topics: [moths]\n", ["lead 'companions'", "unknown topic 'moths'"]),
        ("guidance.yaml", "exempt: [myths]", "exempt: [moths]", ["caveat 'one-summer'", "unknown topic 'moths'"]),
        ("topics.yaml", "related: [watering]", "related: [rain]", ["topic 'compost'", "unknown topic 'rain'"]),
        ("guidance.yaml", "- id: loam", "- id: companions", ["lead 'companions' stands twice"]),
        ("topics.yaml", "- id: myths", "- id: compost", ["topic 'compost' stands twice"]),
        ("guidance.yaml", "    say: Loam is", "   say: Loam is", [", line "]),
        ("work.toml", 'noun = "leaflet"', 'nuon = "leaflet"', ["noun: is missing", "nuon: unknown key"]),
        ("work.toml", 'noun = "leaflet"', "noun = leaflet", ["not valid TOML", "line 4"]),
    ],
)  # fmt: skip
def test_faults_of_a_pack(tiny_corpus, file, old, new, said):
    """A fault gives one line that names the file and the place in it."""
    path = tiny_corpus / TINY_PACK.name / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PackError) as raised:
        read_pack(path.parent)
    message = str(raised.value)
    assert "\n" not in message
    assert file in message
    assert [part for part in said if part not in message] == []


def test_every_id_is_checked(tiny):
    """A caveat that stands twice is named too."""
    assert check_names(tiny) == []
    assert "caveat 'one-summer' stands twice" in str(check_names(replace(tiny, caveats=tiny.caveats * 2)))


@pytest.mark.parametrize(
    "name", ["work.toml", "topics.yaml", "guidance.yaml", "digest.md", "table-3-1.tsv", "references.json"]
)
def test_an_absent_file(tiny_corpus, name):
    """A file of the pack that is not there is named."""
    folder = tiny_corpus / TINY_PACK.name
    (folder / name).unlink()
    with pytest.raises(PackError) as raised:
        (read_pack(folder), assemble_digest(folder))
    assert str(raised.value) == f"{folder / name}: No such file or directory"
    assert is_pack(folder) == (name != "work.toml")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("references.json", b'[{"type": "book"'),
        ("references.json", b'[{"id": "a", "type": "book", "issued": {"date-parts": [[2001]]}}]'),
        ("digest.md", b"# Title\n\n\xff"),
    ],
)
def test_a_damaged_file_of_the_digest(tiny_corpus, name, content):
    """A reference list or digest that cannot be read gives one line that names the file."""
    folder = tiny_corpus / TINY_PACK.name
    (folder / name).write_bytes(content)
    with pytest.raises(PackError) as raised:
        assemble_digest(folder)
    assert str(raised.value).startswith(str(folder / name))
    assert "\n" not in str(raised.value)


def test_the_digest_is_put_together():
    """The table and the reference list stand where the digest links to them."""
    text = assemble_digest(TINY_PACK)
    assert "](" not in text
    assert "\nMulch\t9\t300 +\t0.22\t\tWell supported\n" in text
    assert text.rstrip().endswith("- Royal Garden Society. (2009). *Kitchen gardens on one page*.")
    assert [path.name for path in pack_files(TINY_PACK)] == [
        "digest.md", "gaps.yaml", "guidance.yaml", "references.json", "table-3-1.tsv", "topics.yaml", "work.toml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("anchor", "lengths"),
    [
        (Anchor(row="Compost"), 1),
        (Anchor(row="companion PLANTING"), 1),
        (Anchor(row="Marigolds"), 0),
        (Anchor(section="Compost", words=("feeding", "slowly")), 1),
        (Anchor(section="What Helps", words=("feed", "slowly")), 1),
        (Anchor(section="Compost", words=("slowly", "heavier")), 2),
        (Anchor(section="Compost", words=("slowly", "replace")), 3),
        (Anchor(section="Compost", words=("ash|peat|0.65",)), 1),
        (Anchor(section="Compost", words=("heavier crops", "12")), 1),
        (Anchor(section="Mulch", words=("slowly",)), 0),
        (Anchor(section="Table 3.1", words=("gardens", "plots")), 1),
        (Anchor(section="Watering", words=("spoil", "guessing")), 1),
    ],
)
def test_anchors(anchor, lengths, passages):
    """A place is a row by its label, or the fewest neighbouring sentences of a section that hold every word's stem."""
    assert len(Places(list(passages.values())).find(anchor)) == lengths


def test_a_window_is_of_neighbours(passages):
    """A place over several sentences is in the order of the text and within one paragraph."""
    found = Places(list(passages.values())).find(Anchor(section="Compost", words=("slowly", "replace")))
    assert words_at(passages, [p.id for p in found])[::2] in (
        ["Compost feeds", "It cannot,"],
        ["Compost feeds", "It does"],
    )
    assert [p.position for p in found] == sorted(p.position for p in found)


def test_a_lead_with_a_stray_number_is_left_out(tiny, passages):
    """A lead whose number stands in none of its passages is left out and named; the others stay."""
    resolved, faults = resolve_pack(with_lead(tiny, say="Crops gain 0.99 in 12 trials."), passages)
    assert faults == ("lead compost-weight: the number 0.99 stands in none of its passages",)
    assert [lead.id for lead in resolved.leads] == [lead.id for lead in tiny.leads[1:]]


@pytest.mark.parametrize("kept", [(), (Anchor(row="Compost"),)])
def test_a_lead_without_its_place_is_left_out(tiny, passages, kept):
    """A lead is left out and named when an anchor of it is not found, even where others are."""
    lost = Anchor(section="Compost", words=("peat", "ash"))
    resolved, faults = resolve_pack(with_lead(tiny, say="Compost helps.", anchors=(*kept, lost)), passages)
    assert faults == ("lead compost-weight: no place in the source for 'Compost' with peat, ash",)
    assert "compost-weight" not in [lead.id for lead in resolved.leads]


def test_which_texts_are_recognised(both_sources):
    """The chapter and its digest are known as the work; other texts, the tiny work's among them, are not."""
    work, soil = read_work(PACK), read_work(TINY_PACK)
    full, other = read_text(DATA / "full.txt"), read_text(DATA / "second.md")
    assert [recognises(work, text) for text in (both_sources, full, other)] == [True, False, False]
    assert [recognises(soil, text) for text in (both_sources, full, other)] == [False, True, False]


def test_where_a_work_is_recognised():
    """Case, accents and line breaks do not matter; what stands far down does not count."""
    soil = read_work(TINY_PACK)
    assert recognises(soil, "SOIL AND\r\nTOMATOES\r\n\r\nÁda Ferreira, N. Lindqvist\r\n")
    assert not recognises(soil, "x" * 2000 + read_text(DATA / "full.txt"))


def test_cues(tiny):
    """A topic's name, terms and cues speak for it; a lead's and a gap's questions for these and their main topic."""
    cues = cues_of(tiny)
    assert len(cues) == 3 + 8 + 2 + 5 + 3
    assert cues[:2] == (Cue("compost", ("compost",), term=True), Cue("compost", ("compost",), term=True))
    assert Cue("can compost stand in for water", ("compost",), "compost-and-water") in cues
    assert Cue("recipe for a compost heap", ("compost",), gap="recipe for a heap") in cues
    assert isinstance(tiny.leads[0], Lead)
