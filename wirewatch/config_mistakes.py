"""What is wrong with a value of the configuration, said so that whoever wrote it can mend it."""

from __future__ import annotations

from typing import Any, Final

from wirewatch.places import YamlPath
from wirewatch.schema import keys_at
from wirewatch.wording import unknown_key


def mistake(path: YamlPath, detail: Any) -> str:
    """An error of pydantic's, as the writer of the file should read it."""
    where = described(path)
    match detail["type"]:
        case "extra_forbidden":
            return unknown_key(str(path[-1]), keys_at(path[:-1]))
        case "missing":
            return f"{described(path[:-1])} needs `{path[-1]}:`"
        case "value_error":
            return f"{where}: {detail['ctx']['error']}"
        case "enum":
            return f"{where}: expected {detail['ctx']['expected']}, not “{detail['input']}”"
        case _ if detail["input"] is None:
            return f"{where} is empty; write its value, or take it out"
        case kind if kind in _EXPECTED:
            return f"{where}: expected {_EXPECTED[kind]}, not {_shown(detail['input'])}"
        case _:
            told = detail["msg"].removeprefix("Input should be ")
            return f"{where}: expected {told[:1].lower()}{told[1:]}, not {_shown(detail['input'])}"


_EXPECTED: Final = {
    "string_type": "a text",
    "list_type": "a list: [one, another]",
    "tuple_type": "a list: [one, another]",
    "dict_type": "names with values under it, `name: value`, without dashes",
    "model_type": "keys with values, `key: value`",
    "model_attributes_type": "keys with values, `key: value`",
    "dataclass_type": "keys with values, `key: value`",
}
"""What a value of the wrong shape should have been, by the kind of pydantic's error."""


def _shown(value: Any) -> str:
    """A wrong value as a person wrote it, as far as it is short."""
    match value:
        case list():
            return "a list"
        case dict():
            return "keys with values"
        case bool():
            return "yes" if value else "no"
        case _:
            return f"“{value}”"


def described(path: YamlPath) -> str:
    """A place in the file: `sources number 3, every`."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts[-1:] = [f"{parts[-1] if parts else 'item'} number {part + 1}"]
        else:
            parts.append(part)
    return ", ".join(parts) or "the file"
