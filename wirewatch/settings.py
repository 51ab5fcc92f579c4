"""Settings from the environment: where the database and the configuration are."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

STATE_FOLDER = ".wirewatch"


def this_host() -> str:
    """What `host:` of a source calls this machine: WIREWATCH_HOST, else its host name."""
    return os.environ.get("WIREWATCH_HOST") or socket.gethostname()


@dataclass(frozen=True, slots=True)
class Settings:
    """`database_url` is None where only the configuration's folder tells the default SQLite file."""

    config: Path
    database_url: str | None

    @classmethod
    def from_environment(cls, config: Path | None = None) -> Settings:
        """Read WIREWATCH_CONFIG (default ./wirewatch.yaml) and WIREWATCH_DATABASE_URL; `config` overrides the first."""
        chosen = config or Path(os.environ.get("WIREWATCH_CONFIG") or "wirewatch.yaml")
        return cls(config=chosen, database_url=os.environ.get("WIREWATCH_DATABASE_URL") or None)

    @property
    def state_folder(self) -> Path:
        """The folder beside the configuration that holds the default database and Prefect's home."""
        return self.config.absolute().parent / STATE_FOLDER

    def resolved_database_url(self) -> str:
        """The database's address: the environment's, else a SQLite file in the state folder."""
        return self.database_url or f"sqlite:///{self.state_folder / 'wirewatch.db'}"

    def database_exists(self) -> bool:
        """Whether the database is there; only a SQLite file can be seen to be missing."""
        url = self.resolved_database_url()
        return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()
