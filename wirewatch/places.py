"""YAML that remembers where everything stands, so that an error can say file:line:column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from wirewatch.errors import ConfigError

YamlPath: TypeAlias = tuple[str | int, ...]


_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null")}


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int) -> Place:
        """The place some columns further right."""
        return Place(self.file, self.line, self.column + columns)


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader in which only true, false, null and numbers are not text: a term `NO` or a date stays as written."""


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|false|False)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
):
    _PlainLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


class PlacedYaml:
    """The values of a YAML file and, by path, where keys and values begin."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._keys: dict[YamlPath, Place] = {}
        self._values: dict[YamlPath, Place] = {}
        self._problems: list[str] = []
        try:
            root = yaml.compose(text, Loader=_PlainLoader)
            self.values: Any = None if root is None else self._read(root, ())
        except RecursionError:
            raise ConfigError([f"{file}:1:1: nested too deeply"]) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
            said = " ".join(part for part in (error.context, error.problem) if part)
            raise ConfigError([f"{place}: this is not YAML: {said}"]) from None
        except yaml.YAMLError as error:
            raise ConfigError([f"{file}:1:1: this is not YAML: {error}"]) from None
        if self._problems:
            raise ConfigError(self._problems)

    def value_place(self, path: YamlPath) -> Place:
        """Where the value at a path begins; of its nearest ancestor where there is none."""
        while path and path not in self._values:
            path = path[:-1]
        return self._values.get(path, Place(self.file, 1, 1))

    def key_place(self, path: YamlPath) -> Place:
        """Where the key of a path stands, else its value."""
        return self._keys.get(path) or self.value_place(path)

    def _read(self, node: yaml.Node, path: YamlPath) -> Any:
        self._values[path] = self._place(node)
        if node.tag not in _PLAIN_TAGS:
            self._problems.append(f"{self._place(node)}: {node.tag} is not understood; write plain text in quotes")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(child, (*path, index)) for index, child in enumerate(node.value)]
        return _PlainLoader("").construct_object(node)

    def _read_mapping(self, node: yaml.MappingNode, path: YamlPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in values:
                self._problems.append(f"{self._place(key_node)}: “{key}” is given twice")
            self._keys[(*path, key)] = self._place(key_node)
            values[key] = self._read(value_node, (*path, key))
        return values

    def _place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')
        return Place(self.file, mark.line + 1, mark.column + 1 + quoted)


def read_placed_yaml(path: Path) -> PlacedYaml:
    """Read a YAML file; ConfigError names the place of what is wrong, or why it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: there is no such file; `wirewatch init` writes one, --config names another"]
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    return PlacedYaml(str(path), text)
