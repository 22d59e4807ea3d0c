"""YAML and TOML files → records, every fault of a file on one line."""

from dataclasses import dataclass

import pytest

from ragbot.records import adapter, place, read_toml, read_yaml
from ragbot.types import STRICT, Intent


class Fault(Exception):
    """What the tests ask for on a faulty file."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed and what grows in it."""

    __pydantic_config__ = STRICT

    id: str
    plants: tuple[str, ...]
    rows: int = 1
    asks: Intent = Intent.HOWTO


@dataclass(frozen=True, slots=True)
class Garden:
    """The beds of a garden."""

    __pydantic_config__ = STRICT

    beds: tuple[Bed, ...]


def written(folder, content, name="beds.yaml"):
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def said(read, path, kind):
    """The message of the fault that reading raises."""
    with pytest.raises(Fault) as raised:
        read(path, kind, Fault)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_yaml_file(tmp_path):
    """Lists become tuples, words become members of an enum, and defaults stand in for what is left out."""
    path = written(
        tmp_path, "beds:\n  - {id: north, plants: [rye, oat]}\n  - {id: south, plants: [], rows: 3, asks: list}\n"
    )
    assert read_yaml(path, Garden, Fault) == Garden(
        (Bed("north", ("rye", "oat")), Bed("south", (), 3, Intent.LIST))
    )  # fmt: skip


def test_a_toml_file(tmp_path):
    """A TOML file is read into the same kind of record."""
    path = written(tmp_path, 'id = "west"\nplants = ["Käse"]\n', "bed.toml")
    assert read_toml(path, Bed, Fault) == Bed("west", ("Käse",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("beds:\n  - {id: a, plants: [], colour: red}", ": beds.a.colour: unknown key"),
        ("beds:\n  - {id: a}", ": beds.a.plants: is missing"),
        ("beds:\n  - {plants: []}", ": beds.0.id: is missing"),
        ("bed: []", ": beds: is missing; bed: unknown key"),
        ("beds:\n  - {id: a, plants: rye}", ": beds.a.plants: Input should be a valid tuple"),
        ("beds: [\n  - {", ", line 2: not valid YAML ("),
        ("beds:\n\tid: a", ", line 2: not valid YAML (found character"),
        (b"beds: \xff", ": not valid YAML ("),
        ("beds: !!python/object:os.system {}", ", line 1: not valid YAML (could not determine a constructor"),
        ("", ": "),
    ],
)
def test_faults_of_a_yaml_file(tmp_path, content, message):
    """A fault gives one line that names the file and the place in it, list items by their id."""
    path = written(tmp_path, content)
    assert said(read_yaml, path, Garden).startswith(f"{path}{message}")


def test_every_fault_is_named(tmp_path):
    """Several faults of a file are named together."""
    path = written(tmp_path, "beds:\n  - {id: a, plants: [], colour: red}\n  - {id: b, rows: many, plants: []}")
    line = said(read_yaml, path, Garden)
    assert line.startswith(f"{path}: beds.a.colour: unknown key; beds.b.rows: Input should be a valid integer")


@pytest.mark.parametrize("content", ["id = ", b'id = "\xff"', "id = 1\nid = 2"])
def test_faults_of_a_toml_file(tmp_path, content):
    """What is not TOML is said to be so."""
    path = written(tmp_path, content, "bed.toml")
    assert said(read_toml, path, Bed).startswith(f"{path}: not valid TOML (")


def test_faults_of_a_toml_record(tmp_path):
    """TOML with a wrong key is named by file and key."""
    path = written(tmp_path, 'id = "a"\nplants = []\ncolour = "red"', "bed.toml")
    assert said(read_toml, path, Bed) == f"{path}: colour: unknown key"


@pytest.mark.parametrize("read", [read_yaml, read_toml])
def test_an_absent_file(tmp_path, read):
    """A file that is not there is named with the reason."""
    assert said(read, tmp_path / "gone", Bed) == f"{tmp_path / 'gone'}: No such file or directory"


def test_places():
    """A place is written with dots; a step that is not in the data stays a number or a name."""
    data = {"beds": [{"id": "a", "rows": [{"n": 1}]}]}
    assert place(data, ("beds", 0, "rows", 0, "n")) == "beds.a.rows.0.n"
    assert place(data, ("beds", 7, "rows")) == "beds.7.rows"


def test_adapters_are_kept():
    """A record's reader is made once."""
    assert adapter(Bed) is adapter(Bed)
