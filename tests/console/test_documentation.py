"""Every verb, option, setting and name of the environment is documented, and the examples are true."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from console.main import app
from flows import applying
from wirewatch.schema import ITEM_SETTINGS, FileSettings

PROJECT = Path(__file__).resolve().parents[2]
VERBS_PAGE = (PROJECT / "docs" / "command-line.md").read_text("utf-8")
SETTINGS_PAGE = (PROJECT / "docs" / "configuration.md").read_text("utf-8")
SHARED_BY_MANY = VERBS_PAGE.partition("\n## ")[0]


def section(page: str, name: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^##+ {re.escape(name)}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"“{name}” has no section"
    return found[1]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def verbs(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for word, verb in getattr(command, "commands", {}).items():
        full = f"{name} {word}".strip()
        yield full, verb
        yield from verbs(verb, full)


VERBS = dict(verbs(typer.main.get_command(app)))


@pytest.mark.parametrize("name", VERBS)
def test_verb_and_its_options(name: str) -> None:
    said = section(VERBS_PAGE, name)
    for parameter in VERBS[name].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("--"):
                assert f"`{option}" in said + SHARED_BY_MANY, f"{name} {option} is not documented"


def test_no_section_is_about_a_verb_that_is_gone() -> None:
    assert set(re.findall(r"^##+ (.*)$", VERBS_PAGE, re.MULTILINE)) == {*VERBS, "JSON"}


@pytest.mark.parametrize("name", [name for name, verb in VERBS.items() if any("--json" in p.opts for p in verb.params)])
def test_json_form(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{name}`", section(VERBS_PAGE, "JSON"), re.MULTILINE)


@pytest.mark.parametrize("name", FileSettings.model_fields)
def test_settings(name: str) -> None:
    said = section(SETTINGS_PAGE, name)
    keys = set(ITEM_SETTINGS[name].model_fields) if name in ITEM_SETTINGS else set()
    assert set(re.findall(r"^\| `(\w+)` \|", said, re.MULTILINE)) == keys


def test_environment() -> None:
    rooms = ("wirewatch", "connectors", "extraction", "watchlist", "storage", "alerts", "console")
    code = "".join(file.read_text("utf-8") for room in rooms for file in (PROJECT / room).rglob("*.py"))
    names = set(re.findall(r"""["'](WIREWATCH_[A-Z_]+)["']""", code)) | {"PREFECT_API_URL", "PREFECT_HOME"}
    said = section(SETTINGS_PAGE, "Environment")
    assert len(names) > 3
    assert all(f"| `{name}` |" in said for name in names)


def test_settings_in_examples_are_right(tmp_path: Path) -> None:
    settings: dict[str, Any] = {}
    for block in blocks(SETTINGS_PAGE, "yaml"):
        settings |= yaml.safe_load(block)
    (tmp_path / "wirewatch.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    checked = applying.check_file(tmp_path / "wirewatch.yaml")
    assert not checked.errors
    assert set(settings) == set(FileSettings.model_fields)


def test_examples_of_commands(folder: Path, run: Any, without_engine: None) -> None:
    for block in blocks(VERBS_PAGE, "console"):
        for example in re.findall(r"^\$ wirewatch (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            command, shown = example
            ended = run(*shlex.split(command))
            assert ended.code == 0, f"{command}: {ended.err}"
            for line in shown.splitlines():
                for part in filter(None, (part.strip() for part in line.split("…"))):
                    assert part in ended.out, f"{command}: {part!r} is not in\n{ended.out}"
