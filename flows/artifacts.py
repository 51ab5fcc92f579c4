"""Reports as Prefect artifacts: each run leaves tables of what it read, found, told and could not do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from flows.report import Report
from wirewatch.model import FoundHit
from wirewatch.wording import counted

MOST_HITS = 50
PROGRESS_SECONDS = 5.0
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#+!|~&$-]")


async def leave_report(
    flow_name: str, report: Report, found: Sequence[FoundHit] = (), notes: Sequence[str] = ()
) -> None:
    """Attach the report to the current flow run, and some of the hits with their links where there are any."""
    await acreate_table_artifact(
        table=[dict(row) for row in report.rows()],
        key=f"wirewatch-{flow_name}",
        description="\n\n".join([f"What this {flow_name} run did, and what failed.", *map(_plain, notes)]),
    )
    if found:
        await acreate_markdown_artifact(
            markdown=hits_as_markdown(found),
            key=f"wirewatch-{flow_name}-hits",
            description=f"Hits of this {flow_name} run (at most {MOST_HITS}).",
        )


def hits_as_markdown(found: Sequence[FoundHit]) -> str:
    """A table of hits; nothing in a title or passage can become markup, or a link to elsewhere."""
    lines = ["| term | article | source | passage |", "| --- | --- | --- | --- |"]
    for each in found[:MOST_HITS]:
        title = _plain(each.article.title or each.article.url)
        linked = re.fullmatch(r"https?://[^\s<>()\[\]|]+", each.article.url)
        article = f"[{title}]({each.article.url})" if linked else title
        passage = _plain(each.hit.matches[0].passage[:300]) if each.hit.matches else ""
        lines.append(f"| {_plain(each.hit.term)} | {article} | {_plain(each.article.source)} | {passage} |")
    return "\n".join(lines)


@asynccontextmanager
async def shown_progress(flow_name: str, pace: Callable[[], tuple[int, int | None]]) -> AsyncIterator[None]:
    """Keep an artifact of the current run at what `pace` says: (done, of how many)."""
    artifact = await acreate_progress_artifact(
        progress=0.0, key=f"wirewatch-{flow_name}-progress", description="Starting."
    )

    async def show() -> None:
        done, total = pace()
        share = 100.0 * done / total if total else 0.0
        said = f"{done:,} of {counted(total, 'article')}" if total is not None else counted(done, "article")
        await aupdate_progress_artifact(artifact, progress=min(100.0, share), description=said)

    async def keep_showing() -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            await show()

    showing = asyncio.create_task(keep_showing())
    try:
        yield
        await show()
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError, Exception):  # what cannot be shown must not stop the work
            await showing


def _plain(text: str) -> str:
    return _MARKDOWN.sub(lambda found: "\\" + found.group(), " ".join(text.split()))
