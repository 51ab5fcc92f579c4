"""The errors wirewatch raises on purpose; each says where, what, and what to do.

WirewatchError
├── ConfigError          wirewatch.yaml (file, line, column)
├── QueryError           a query of the watchlist language (column, caret)
├── FetchError           an address that could not be fetched
│   ├── BlockedAddress   not public, and not allowed by the operator
│   ├── UnsetSecret      a `${NAME}` that the environment lacks
│   ├── Disallowed       a page that the site's robots.txt keeps for people
│   ├── LeftAlone        an address of a site that wants no request for a while
│   └── NotAFeed         fetched, but no feed
├── ExtractionError      a file or page that gives no text
│   └── DocumentTooHard  reading it took more time or memory than a document may have
├── BackfillError        a backfill that cannot go on: cancelled, taken over, unknown
├── ConfigurationChanged hits that another configuration is to decide again; nothing was stored
├── StorageError         the database cannot be opened, read or written
└── DeliveryError        a message that was not accepted
    ├── TemporaryDeliveryError   worth another attempt (retry_after: seconds or None)
    └── PermanentDeliveryError   not worth one
"""

from __future__ import annotations


class WirewatchError(Exception):
    """Base of all errors that are part of the interface: their text is shown to users as it is."""


class ConfigError(WirewatchError):
    """A mistake in the configuration; `problems` are complete lines, each beginning `file:line:column: `."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class QueryError(WirewatchError):
    """A mistake in a query; `column` counts code points from 0, and `str()` shows the query with a caret.

    `where` names whose query it is ("term Hmeimim", "concept delisting"), once that is known.
    """

    def __init__(self, message: str, query: str, column: int, length: int = 1, where: str = "") -> None:
        self.message = message
        self.query = query
        self.column = column
        self.length = max(1, length)
        self.where = where
        caret = " " * column + "^" * self.length
        place = f"{where}: " if where else ""
        super().__init__(f"{place}column {column + 1}: {message}\n  {query}\n  {caret}")

    def of(self, where: str) -> QueryError:
        """The same mistake, saying whose query it is."""
        return QueryError(self.message, self.query, self.column, self.length, where)


class FetchError(WirewatchError):
    """An address that could not be fetched.

    `temporary`: another poll may succeed. `status`: the HTTP status, where there was one. `retry_after`: seconds
    the server asked for.
    """

    def __init__(
        self,
        message: str,
        *,
        temporary: bool = True,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.temporary = temporary
        self.status = status
        self.retry_after = retry_after
        super().__init__(message)


class BlockedAddress(FetchError):
    """An address that is not public and that the operator did not allow."""

    def __init__(self, message: str) -> None:
        super().__init__(message, temporary=False)


class UnsetSecret(FetchError):
    """A source needs a secret that is not set where wirewatch runs; nothing was sent."""


class Disallowed(FetchError):
    """A page that robots.txt does not let robots fetch; it was not asked for."""


class LeftAlone(FetchError):
    """An address of a site that asked to be left alone for `retry_after` seconds; it was not asked for."""


class NotAFeed(FetchError):
    """The address answers, but not with a feed."""


class ExtractionError(WirewatchError):
    """A file or page that gives no text."""


class BackfillError(WirewatchError):
    """A backfill that cannot begin or go on; what it has found by then is stored."""


class DocumentTooHard(ExtractionError):
    """A document that took more time or memory than one may have; another time it may be read."""


class ConfigurationChanged(WirewatchError):
    """Another configuration was applied since hits were decided: they are to be decided again."""


class StorageError(WirewatchError):
    """The database cannot be opened, read or written; nothing was changed."""


class DeliveryError(WirewatchError):
    """A message that the channel did not accept.

    `accepted`: recipients of the channel that took it all the same; the next attempt leaves them out.
    """

    def __init__(self, message: str, *, accepted: tuple[str, ...] = ()) -> None:
        self.accepted = accepted
        super().__init__(message)


class TemporaryDeliveryError(DeliveryError):
    """Worth another attempt; not before `retry_after` seconds, where the server named them.

    `uncertain`: the connection broke after the message was handed over, so it may have been accepted.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        uncertain: bool = False,
        accepted: tuple[str, ...] = (),
    ) -> None:
        self.retry_after = retry_after
        self.uncertain = uncertain
        super().__init__(message, accepted=accepted)


class PermanentDeliveryError(DeliveryError):
    """Not worth another attempt until a person has changed something."""
