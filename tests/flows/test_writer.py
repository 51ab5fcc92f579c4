"""The batch writer: who waits together is stored together, and one that cannot be stored is alone in that."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import storage
from flows.writer import Outcome, Writer
from wirewatch.errors import StorageError
from wirewatch.model import Cursor

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def outcome(source: str) -> Outcome:
    return Outcome(progress=[storage.Progress(source, 1, Cursor(), NOW, None, NOW)])


class Recorder:
    """Stands where the store does: the first batch takes until `go_on`, and `refused` sources raise."""

    def __init__(self, refused: str = "", error: Exception | None = None) -> None:
        self.batches: list[list[str]] = []
        self.go_on = threading.Event()
        self._refused = refused
        self._error = error

    def __call__(self, batch: storage.Batch) -> storage.Written:
        self.go_on.wait(10)
        sources = [progress.source for progress in batch.progress]
        if self._refused in sources and self._error:
            raise self._error
        self.batches.append(sources)
        return storage.Written(new_articles=len(sources))


async def written_at_once(recorder: Recorder, names: str) -> dict[str, storage.Written | BaseException]:
    """What `write` gave or raised for each source, where all but the first come while the first is being stored."""
    writer = Writer(recorder)
    tasks = [asyncio.create_task(writer.write(outcome(name))) for name in names]
    await asyncio.sleep(0)
    recorder.go_on.set()
    given = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
    return dict(zip(names, given, strict=True))


async def test_who_waits_together_is_stored_together() -> None:
    recorder = Recorder()
    first = Writer(recorder)
    beginning = asyncio.create_task(first.write(outcome("a")))
    await asyncio.sleep(0.01)  # its batch is with the store, and no other can join it
    others = [asyncio.create_task(first.write(outcome(name))) for name in "bcd"]
    await asyncio.sleep(0.01)
    recorder.go_on.set()
    given = await asyncio.gather(beginning, *others)
    assert recorder.batches == [["a"], ["b", "c", "d"]]
    assert [each.new_articles for each in given] == [1, 3, 0, 0], "each new article is counted once"


async def test_one_that_cannot_be_stored_does_not_keep_the_others_from_it() -> None:
    recorder = Recorder("b", ValueError("no such thing"))
    given = await written_at_once(recorder, "abcd")
    assert sorted(name for batch in recorder.batches for name in batch) == ["a", "c", "d"]
    assert [name for name, result in given.items() if isinstance(result, ValueError)] == ["b"]


async def test_a_database_in_trouble_is_told_to_all_and_tried_again_by_none_in_vain() -> None:
    recorder = Recorder("a", StorageError("the disk is full"))
    given = await written_at_once(recorder, "ab")
    assert isinstance(given["a"], StorageError)
    assert recorder.batches == [["b"]], "what did not fail is stored by the next attempt, without what did"


async def test_a_batch_is_bounded() -> None:
    recorder = Recorder()
    recorder.go_on.set()
    writer = Writer(recorder)
    heavy = Outcome(articles=[None] * 150)  # type: ignore[list-item]  # only their number counts here
    other = Outcome(articles=[None] * 150, progress=outcome("b").progress)  # type: ignore[list-item]
    await asyncio.gather(writer.write(heavy), writer.write(other))
    assert recorder.batches == [[], ["b"]]
