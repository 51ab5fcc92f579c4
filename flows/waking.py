"""File events: a folder with something new in it is due at once. Polling stays the truth; this only hurries it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Self

from connectors.claims import PUT_AWAY
from flows.opening import open_database
from wirewatch.clock import Clock, utc_now
from wirewatch.errors import WirewatchError
from wirewatch.model import AfterReading, SourceKind
from wirewatch.settings import Settings, this_host

if TYPE_CHECKING:
    from storage import Store

LOOK_AGAIN_SECONDS = 5.0
"""How often it is seen whether other folders are watched by now."""
GATHERED_MS = 400
"""How long events are gathered before they are told: files come in many pieces."""
REST_SECONDS = 10.0
"""Between one piece of news and the next: a file that is written to all day would have its folder polled all day."""


class FolderWatch:
    """Makes a folder's source due when a file in it changes, in a thread. Use it as a context manager."""

    def __init__(self, settings: Settings, say: Callable[[str], None], clock: Clock = utc_now) -> None:
        self._settings = settings
        self._say = say
        self._clock = clock
        self._stop = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folders", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(LOOK_AGAIN_SECONDS)

    def wait(self, seconds: float) -> bool:
        """Wait for something new, as long as that; says whether there is, and forgets it."""
        found = self._news.wait(seconds)
        self._news.clear()
        return found

    def _run(self) -> None:
        try:
            with open_database(self._settings, must_exist=False) as store:
                while not self._stop.is_set():
                    with suppress(WirewatchError):  # the database is away; the poll tells of it
                        self._watch(store)
                    self._stop.wait(LOOK_AGAIN_SECONDS)
        except (OSError, RuntimeError, WirewatchError) as error:  # too many folders for the system, as a rule
            self._say(f"folders are not watched for changes ({error}); they are polled by their `every:`")

    def _watch(self, store: Store) -> None:
        """Wait for events until other folders are to be watched."""
        from watchfiles import Change, watch

        folders = _folders(store)
        if not folders:
            return

        def is_news(change: Change, path: str) -> bool:
            return change is not Change.deleted and bool(_owners(folders, path))

        events = watch(
            *folders,
            watch_filter=is_news,
            debounce=GATHERED_MS,
            stop_event=self._stop,
            rust_timeout=int(LOOK_AGAIN_SECONDS * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changes in events:
            if changes:
                names = {name for _, path in changes for name in _owners(folders, path)}
                store.make_due(self._clock(), sorted(names))
                self._news.set()
                self._stop.wait(REST_SECONDS)
            if _folders(store).keys() != folders.keys():
                return


def _folders(store: Store) -> Mapping[Path, list[tuple[str, bool]]]:
    """The folders that this machine polls and that exist; for each, its sources' names and whether they archive."""
    configuration = store.configuration()
    folders: dict[Path, list[tuple[str, bool]]] = {}
    for source in configuration.sources if configuration else ():
        path = Path(source.location)
        if source.kind is SourceKind.FOLDER and source.host in (None, this_host()) and path.is_dir():
            folders.setdefault(path, []).append((source.name, source.after is AfterReading.ARCHIVE))
    return folders


def _owners(folders: Mapping[Path, list[tuple[str, bool]]], path: str) -> list[str]:
    """The sources to which a file of this path may be news."""
    names = []
    for folder, sources in folders.items():
        with suppress(ValueError):
            inside = PurePath(path).relative_to(folder)
            if not any(part.startswith((".", "~")) for part in inside.parts):
                put_away = inside.parts[:1] and inside.parts[0] in PUT_AWAY
                names += [name for name, archives in sources if not (archives and put_away)]
    return names
