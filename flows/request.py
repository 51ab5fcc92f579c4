"""What a backfill is asked to do, as people type it and as it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from wirewatch.errors import WirewatchError

ARCHIVE = "archive"
PAST = "past"


class Notify(StrEnum):
    """Whom a backfill tells of new hits: nobody, each channel in one digest, or as a poll would."""

    NONE = "none"
    DIGEST = "digest"
    NORMAL = "normal"


class Runner(StrEnum):
    """Where a backfill's slices are worked off: in this process, or on a Dask cluster."""

    LOCAL = "local"
    DASK = "dask"


@dataclass(frozen=True, slots=True)
class Request:
    """What to take through the terms. Empty `terms` and `sources` mean all; `until` is exclusive."""

    terms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    notify: Notify = Notify.DIGEST
    dry_run: bool = False
    material: str = ARCHIVE
    """`archive`, `past` (what the sources still show of theirs), or the absolute path of a folder or file."""

    @property
    def path(self) -> Path | None:
        """The folder or file to read; None where it is neither."""
        return None if self.material in (ARCHIVE, PAST) else Path(self.material)

    def holds(self, moment: datetime) -> bool:
        """Whether that time is in its range."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        form: dict[str, Any] = _REQUEST.dump_python(self, mode="json")
        return form


_REQUEST = TypeAdapter(Request)


def request_from(stored: Any) -> Request:
    """The request that was stored so."""
    return _REQUEST.validate_python(stored)


def read_moment(text: str | None, *, end: bool = False) -> datetime | None:
    """Read `2026-11-01` or `2026-11-01T08:30`, in UTC unless it names a zone; `end` makes a bare date inclusive.

    WirewatchError says what was expected.
    """
    if not text:
        return None
    try:
        if len(text) == len("2026-11-01"):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise WirewatchError(f"“{text}” is not a date; write 2026-11-01 or 2026-11-01T08:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def make_request(
    terms: Sequence[str] | None,
    sources: Sequence[str] | None,
    since: str | None,
    until: str | None,
    notify: Notify,
    dry_run: bool,
    material: str | None = None,
) -> Request:
    """A request of what people type; WirewatchError where it cannot be read, or where nothing can come of it."""
    begin, end = read_moment(since), read_moment(until, end=True)
    if begin and end and begin >= end:
        raise WirewatchError(f"nothing lies between --since {since} and --until {until}")
    return Request(
        tuple(terms or ()), tuple(sources or ()), begin, end, Notify(notify), dry_run, _material(material, sources)
    )


def flow_parameters(request: Request, resume: int | None, runner: Runner) -> dict[str, Any]:
    """A request as the parameters of the `backfill` flow."""
    form = request.stored()
    names = {"terms": form["terms"] or None, "sources": form["sources"] or None}
    return form | names | {"resume": resume, "runner": runner.value}


def _material(text: str | None, sources: Sequence[str] | None) -> str:
    if not text or text in (ARCHIVE, PAST):
        return text or ARCHIVE
    if len(sources or ()) > 1:
        raise WirewatchError(f"what is read from {text} can be of one source only; name one with --source, or none")
    return str(Path(text).expanduser().absolute())
