"""What a Prefect server is given once: the work pool, and rules for runs whose process is gone."""

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
AGAIN = "wirewatch: poll again where a poll crashed"
AGAIN_AFTER = timedelta(seconds=10)
"""Until then the crashed run has left its deployment's only slot; and what crashes at once does not whirl."""
HEARTBEAT_SECONDS = 30
"""As `prefect.yaml` says to our runs."""
SILENT_SECONDS = 3 * HEARTBEAT_SECONDS


def set_up(settings: Settings, say: Say) -> None:
    """Create, or bring up to date, what the deployments need beside themselves; again changes nothing."""
    engine.prepare(settings)
    asyncio.run(_set_up(say))


async def _set_up(say: Say) -> None:
    async with server() as client:
        made = await make_pool(client)
        say(f"work pool {WORK_POOL}: {'created' if made else 'there'}")
        for automation in (zombie_automation(), again_automation()):
            made = await _make_automation(client, automation)
            say(f"automation “{automation.name}”: {'created' if made else 'up to date'}")


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
    """Calls a run of ours crashed that has sent a heartbeat, and then neither another nor an end.

    Nothing else notices soon that a worker was killed: its run would hold its deployment's only slot until the
    watchdog comes, which also frees what never began.
    """
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    ends = ("Completed", "Failed", "Cancelled", "Crashed")
    return AutomationCore(
        name=ZOMBIES,
        description="Made by `wirewatch setup-prefect`.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{end}" for end in ends)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            match_related=ResourceSpecification(
                {"prefect.resource.role": ["tag"], "prefect.resource.id": ["prefect.tag.wirewatch"]}
            ),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=SILENT_SECONDS),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="its process has gone silent")],
    )


def again_automation() -> AutomationCore:
    """Starts a poll that crashed once more; its schedule, which meant that run to stay, would only minutes later."""
    from prefect.events.actions import RunDeployment
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification

    ours = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.wirewatch"})
    polls = ResourceSpecification({"prefect.resource.role": "flow", "prefect.resource.name": "poll"})
    return AutomationCore(
        name=AGAIN,
        description="Made by `wirewatch setup-prefect`.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
            match_related=[ours, polls],
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[RunDeployment(source="inferred", schedule_after=AGAIN_AFTER)],
    )
