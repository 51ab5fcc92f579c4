"""What a run did, in figures and failures: for the console's last lines and for Prefect's artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wirewatch.model import Failure


@dataclass(slots=True)
class Report:
    """Counts by name, in the order they are shown, and what failed."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, **amounts: int) -> None:
        """Add to counts."""
        for name, amount in amounts.items():
            self.counts[name] = self.counts.get(name, 0) + amount

    def fail(self, where: str, what: object) -> None:
        """Note a failure; its text is one line."""
        text = " ".join(str(what).split()).removeprefix(f"{where}: ")
        self.failures.append(Failure(where, text))

    def merge(self, other: Report) -> None:
        """Add another report's counts and failures to this one."""
        self.add(**other.counts)
        self.failures += other.failures

    def rows(self) -> list[Mapping[str, str]]:
        """The report as a table: one row a count, then one a failure."""
        counted = [{"what": name.replace("_", " "), "result": str(amount)} for name, amount in self.counts.items()]
        failed = [{"what": f"failed: {failure.where}", "result": failure.what} for failure in self.failures]
        return [*counted, *failed]
