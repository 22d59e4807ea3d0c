"""One build after another: what is kept, and what readers see meanwhile."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures_edges import Start
from loaves import ENCODER, TEXTS, damage, files_of, named, opened, tiny

from ragbot import index
from ragbot.index import KEPT, open_index, publish, write_build

pytest_plugins = ["fixtures_edges"]


def test_the_same_contents_give_the_same_files(tmp_path: Path) -> None:
    """Writing the same contents at two places gives the same id and the same bytes in every file."""
    one, two = (opened(tmp_path / name, tiny()).folder for name in ("one", "two"))
    assert one.name == two.name
    assert files_of(one) == files_of(two)


def test_the_last_three_builds_are_kept(tmp_path: Path) -> None:
    """Publishing a fifth build leaves it and the two before it."""
    ids = [opened(tmp_path, tiny((*TEXTS, f"Loaf {n}."))).id for n in range(5)]
    assert named(tmp_path) == sorted(ids[-KEPT:])
    assert open_index(tmp_path).id == ids[-1]


def test_leftovers_push_no_build_out(tmp_path: Path) -> None:
    """What a killed build left behind does not count among the three that are kept."""
    ids = [opened(tmp_path, tiny((*TEXTS, f"Loaf {n}."))).id for n in range(3)]
    for name in (".0a", ".0b", ".0c"):
        (tmp_path / "builds" / name).mkdir()
    ids.append(opened(tmp_path, tiny((*TEXTS, "Loaf 3."))).id)
    assert named(tmp_path) == sorted(ids[-KEPT:])


def test_a_published_build_is_not_thrown_away_for_its_age(tmp_path: Path) -> None:
    """Publishing an old build again keeps it, and makes it the youngest."""
    loaves = [tiny((*TEXTS, f"Loaf {n}.")) for n in range(4)]
    first, *others = (opened(tmp_path, contents).id for contents in loaves[:3])
    assert opened(tmp_path, loaves[0]).id == first
    fourth = opened(tmp_path, loaves[3]).id
    assert named(tmp_path) == sorted([first, others[-1], fourth])


def test_a_build_over_a_damaged_one_mends_it(tmp_path: Path) -> None:
    """The command that errors name does mend: the same contents again, and the index opens."""
    folder = opened(tmp_path, tiny()).folder
    damage(folder / "vectors.npy", "flipped")
    assert opened(tmp_path, tiny()).folder == folder


def test_a_build_that_fails_leaves_the_old_one_and_no_rubbish(tmp_path: Path) -> None:
    """An exception while writing leaves every file as it was."""
    opened(tmp_path, tiny())
    before = files_of(tmp_path)
    with pytest.raises(AttributeError):
        write_build(tmp_path, replace(tiny(), words=(None,)), (), "2", ENCODER, {})  # type: ignore[arg-type]
    assert files_of(tmp_path) == before
    assert named(tmp_path) == [path.name for path in (tmp_path / "builds").iterdir()]


BUILDER = """
import sys
from pathlib import Path
from loaves import TEXTS, opened, tiny
home, number = Path(sys.argv[1]), 0
while True:
    number += 1
    opened(home, tiny((*TEXTS, f"Loaf {number}.")))
    print(number, flush=True)
"""


def test_a_killed_build_leaves_a_readable_index(tmp_path: Path, start: Start) -> None:
    """Whenever a building process is killed, a whole build is published, and the next build goes through."""
    home, chance = tmp_path / "index", random.Random(7)
    for _ in range(5):
        builder = start("-c", BUILDER, str(home), PYTHONPATH=str(Path(__file__).parent))
        assert builder.stdout.readline() == "1\n"
        time.sleep(chance.uniform(0, 0.15))
        builder.kill()
        builder.wait()
        last = open_index(home).passages[-1].text
        assert last.startswith("Loaf "), last
    assert opened(home, tiny()).id == (home / "CURRENT").read_text().strip()
    assert open_index(home).passages[-1].text == TEXTS[-1]


def test_reading_while_another_publishes_never_fails(tmp_path: Path) -> None:
    """A reader always sees some whole build, also while old ones are thrown away in a loop."""
    loaves = [tiny((*TEXTS, f"Loaf {n}.")) for n in range(6)]
    opened(tmp_path, loaves[0])
    stop, failed = threading.Event(), []

    def bake() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                publish(tmp_path, write_build(tmp_path, loaves[number % len(loaves)], (), "1", ENCODER, {}).id)
            except BaseException as error:
                failed.append(error)
                return

    baker = threading.Thread(target=bake)
    baker.start()
    try:
        seen = {open_index(tmp_path).passages[-1].text for _ in range(150)}
    finally:
        stop.set()
        baker.join()
    assert failed == []
    assert seen <= {f"Loaf {n}." for n in range(6)}
    assert len(seen) > 1


def test_a_reader_that_is_overtaken_opens_the_newer_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build thrown away while a slow reader is at it is no damage: the reader goes on to the one published since."""
    opened(tmp_path, tiny())
    read, overtaken = index.read_manifest, []

    def slowly(folder: Path) -> index.Manifest:
        manifest = read(folder)
        if not overtaken:
            overtaken.append(folder)
            for number in range(KEPT + 1):
                loaf = tiny((*TEXTS, f"Loaf {number}."))
                publish(tmp_path, write_build(tmp_path, loaf, (), "1", ENCODER, {}).id)
        return manifest

    monkeypatch.setattr(index, "read_manifest", slowly)
    assert open_index(tmp_path).passages[-1].text == f"Loaf {KEPT}."
    assert not overtaken[0].exists()


def test_several_may_build_at_once(tmp_path: Path) -> None:
    """Processes that all find no index and build it do not get into each other's way."""
    failed: list[BaseException] = []

    def bake(home: Path, together: threading.Barrier) -> None:
        together.wait()
        try:
            opened(home, tiny())
        except BaseException as error:
            failed.append(error)

    for number in range(30):
        together = threading.Barrier(4)
        bakers = [threading.Thread(target=bake, args=(tmp_path / str(number), together)) for _ in range(4)]
        for baker in bakers:
            baker.start()
        for baker in bakers:
            baker.join()
    assert failed == []
