"""A folder in which something happens is polled at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import waking
from flows.waking import FolderWatch
from wirewatch.settings import Settings

STORY = "Convoy reaches the base\n\nSupplies reached Hmeimim on Tuesday, a spokesman said in a short statement.\n"


@pytest.fixture
def folders(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderWatch]:
    monkeypatch.setattr(waking, "LOOK_AGAIN_SECONDS", 0.2)
    monkeypatch.setattr(waking, "REST_SECONDS", 0.0)
    settings = Settings(world.config, f"sqlite:///{tmp_path / 'wirewatch.db'}")
    said: list[str] = []
    with FolderWatch(settings, said.append, world.clock) as watch:
        yield watch
    assert said == []


def due(world: Any) -> list[str]:
    return [state.source.name for state in world.store.sources() if state.next_due <= world.clock()]


def watched(world: Any, folders: FolderWatch, **settings: Any) -> None:
    """Watch the inbox, and wait until that is so."""
    world.watch("Hmeimim", feeds=[{"name": "inbox", "folder": "./inbox", "every": "2d", **settings}])
    deadline = time.monotonic() + 20
    while not folders.wait(0.3):
        (world.inbox / "probe.txt").write_text(str(time.monotonic()))
        assert time.monotonic() < deadline
    (world.inbox / "probe.txt").unlink()


async def test_a_file_makes_its_source_due(world: Any, folders: FolderWatch) -> None:
    watched(world, folders)
    await world.tick()
    assert due(world) == []
    folders.wait(0.5)
    (world.inbox / "deep").mkdir()
    (world.inbox / "deep" / "a.txt").write_text(STORY)
    assert folders.wait(20)
    assert due(world) == ["inbox"]
    await world.poll()
    assert world.hits() == {("Convoy reaches the base", "Hmeimim")}


async def test_what_is_put_away_hidden_or_deleted_is_no_news(world: Any, folders: FolderWatch) -> None:
    watched(world, folders, after="archive")
    folders.wait(1.0)
    (world.inbox / "archived").mkdir()
    (world.inbox / "archived" / "a.txt").write_text(STORY)
    (world.inbox / ".a.txt.swp").write_text(STORY)
    (world.inbox / "~$a.txt").write_text(STORY)
    assert not folders.wait(1.5)


async def test_a_folder_that_is_made_later_is_watched_too(world: Any, folders: FolderWatch) -> None:
    world.inbox.rename(world.folder / "away")
    world.watch("Hmeimim", feeds=[{"name": "inbox", "folder": "./inbox", "every": "2d"}])
    (world.folder / "away").rename(world.inbox)
    watched(world, folders)


async def test_the_folders_of_other_machines_are_theirs(world: Any, folders: FolderWatch) -> None:
    world.watch("Hmeimim", feeds=[{"name": "inbox", "folder": "./inbox", "host": "elsewhere"}])
    assert waking._folders(world.store) == {}
