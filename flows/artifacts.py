"""Reports as Prefect artifacts: each run leaves a table of what it read, found, told and could not do."""

from __future__ import annotations

from prefect.artifacts import acreate_table_artifact

from flows.report import Report


async def leave_report(flow_name: str, report: Report) -> None:
    """Attach the report to the current flow run."""
    await acreate_table_artifact(
        table=[dict(row) for row in report.rows()],
        key=f"wirewatch-{flow_name}",
        description=f"What this {flow_name} run did, and what failed.",
    )
