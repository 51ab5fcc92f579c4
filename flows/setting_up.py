"""What a Prefect server is given once: the work pool, and the rule that calls a run crashed whose process is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from flows import engine
from flows.deploying import WORK_POOL, Say, server
from wirewatch.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.events.schemas.automations import AutomationCore

ZOMBIES = "wirewatch: crash runs that have gone silent"
UNBORN = "wirewatch: crash runs that never began"
HEARTBEAT_SECONDS = 30
"""As `prefect.yaml` says to our runs."""
SILENT_SECONDS = 3 * HEARTBEAT_SECONDS
BEGIN_SECONDS = 180
"""A busy machine takes its time to start a process."""
ENDS = {f"prefect.flow-run.{end}" for end in ("Completed", "Failed", "Cancelled", "Crashed")}
HEARTBEAT, RUNNING, PENDING = (f"prefect.flow-run.{each}" for each in ("heartbeat", "Running", "Pending"))


def set_up(settings: Settings, say: Say) -> None:
    """Create, or bring up to date, what the deployments need beside themselves; again changes nothing."""
    engine.prepare(settings)
    asyncio.run(_set_up(say))


async def _set_up(say: Say) -> None:
    async with server() as client:
        made = await make_pool(client)
        say(f"work pool {WORK_POOL}: {'created' if made else 'there'}")
        for wanted in (zombie_automation(), unborn_automation()):
            made = await _make_automation(client, wanted)
            say(f"automation “{wanted.name}”: {'created' if made else 'up to date'}")


async def make_pool(client: PrefectClient) -> bool:
    """Create the work pool; False where it is there."""
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

    try:
        await client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        try:
            await client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="process"))
        except ObjectAlreadyExists:  # another was faster
            return False
        return True
    return False


async def _make_automation(client: PrefectClient, wanted: AutomationCore) -> bool:
    there = await client.read_automations_by_name(wanted.name)
    if not there:
        await client.create_automation(wanted)
        return True
    await client.update_automation(there[0].id, wanted)
    for twin in there[1:]:
        await client.delete_automation(twin.id)
    return False


def zombie_automation() -> AutomationCore:
    """Calls a run of ours crashed that has begun or sent a heartbeat, and then neither another nor an end.

    Nothing else notices that a worker was killed: its run would hold its deployment's only slot for ever.
    """
    return _crashing(ZOMBIES, {RUNNING, HEARTBEAT}, {HEARTBEAT, *ENDS}, SILENT_SECONDS, "its process has gone silent")


def unborn_automation() -> AutomationCore:
    """Calls a run of ours crashed that a worker has taken and not begun.

    Where the server's answer is lost on the way, the worker starts no process, and the run keeps its slot.
    """
    return _crashing(UNBORN, {PENDING}, {RUNNING, *ENDS}, BEGIN_SECONDS, "it never began")


def _crashing(name: str, after: set[str], expect: set[str], seconds: int, said: str) -> AutomationCore:
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    return AutomationCore(
        name=name,
        description="Made by `wirewatch setup-prefect`.",
        trigger=EventTrigger(
            after=after,
            expect=expect,
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            match_related=ResourceSpecification(
                {"prefect.resource.role": ["tag"], "prefect.resource.id": ["prefect.tag.wirewatch"]}
            ),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=seconds),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=said)],
    )
