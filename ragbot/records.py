"""YAML and TOML files → records. The one door to yaml; every fault of a file is named together, on one line each."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

Record = TypeVar("Record")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """The (cached) reader and writer of a record type."""
    return TypeAdapter(kind)


def read_yaml(path: Path, kind: type[Record], error: Callable[[str], Exception]) -> Record:
    """The record of a YAML file. Raises `error` with a line that names the file and every fault in it."""
    import yaml

    try:
        with path.open("rb") as handle:
            data = yaml.load(handle, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as cause:
        raise error(f"{path}: {cause.strerror}") from None
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise error(f"{path}{where}: not valid YAML ({getattr(cause, 'problem', '') or 'unreadable'})") from None
    return _checked(path, data, kind, error)


def read_toml(path: Path, kind: type[Record], error: Callable[[str], Exception]) -> Record:
    """The record of a TOML file. Raises `error` as `read_yaml` does."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise error(f"{path}: {cause.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise error(f"{path}: not valid TOML ({cause})") from None
    return _checked(path, data, kind, error)


def _checked(path: Path, data: Any, kind: type[Record], error: Callable[[str], Exception]) -> Record:
    try:
        return adapter(kind).validate_python(data)  # type: ignore[no-any-return,arg-type]
    except ValidationError as cause:
        faults = "; ".join(f"{place(data, fault['loc'])}: {said(fault)}" for fault in cause.errors())
        raise error(f"{path}: {faults}") from None


def said(fault: Any) -> str:
    """A fault in plain words."""
    words = {"unexpected_keyword_argument": "unknown key", "extra_forbidden": "unknown key", "missing": "is missing"}
    return words.get(fault["type"], str(fault["msg"]))


def place(data: Any, path: tuple[int | str, ...]) -> str:
    """Where in a file: "leads.some-id.sya", list items by their id."""
    names = []
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        named = isinstance(data, dict) and isinstance(step, int) and data.get("id")
        names.append(str(named or step))
    return ".".join(names)
