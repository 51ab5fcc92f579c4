"""The outbox: nothing is lost by a channel that is down, and one channel's trouble is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

import alerts
from wirewatch.errors import StorageError
from wirewatch.model import Delivery, DeliveryKind, DeliveryState, FoundHit
from wirewatch.policy import ChannelRules

STORY = """\
Convoy {number} reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read to reporters.

The convoy of {number} lorries left the port before dawn and was met by nobody on the road, according to drivers.
"""


def drop_stories(world: Any, *numbers: int) -> None:
    for number in numbers:
        world.drop(f"{number}.txt", STORY.format(number=number))


async def test_hanging_channels_delay_nobody(world: Any, site: Any, until: Any) -> None:
    hanging = [f"hangs{number}" for number in range(9)]
    for name in hanging:
        site.put(f"/hook/{name}", held=True)
    channels = {name: world.hook(name) for name in (*hanging, "desk", "wire")}
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True, channels=channels)
    await world.poll()

    delivering = asyncio.create_task(world.deliver())
    await until(lambda: len(site.messages("desk")) == len(site.messages("wire")) == 1)
    assert not any(each.last_error for each in world.store.deliveries())  # so nobody waited for them to give up
    site.let_go.set()
    await delivering
    await world.tick()

    assert world.states() == {DeliveryState.SENT: len(channels)}


async def test_channel_that_is_down_keeps_its_alerts(world: Any, site: Any, told: Any) -> None:
    site.fail("/hook/desk", 503)
    drop_stories(world, *range(15))
    world.watch("Hmeimim", inbox=True, channels={"desk": world.hook("desk"), "wire": world.hook("wire")})
    report = await world.tick()

    assert len(site.messages("wire")) == 15
    assert len(site.messages("desk")) == 1  # one that was refused is enough to know
    assert world.states("desk") == {DeliveryState.PENDING: 15}
    assert (report.counts["sent"], report.counts["to_be_retried"]) == (15, 1)
    assert "channel desk" in told(report)
    assert sorted(each.attempts for each in world.store.deliveries(channels=["desk"])) == [0] * 14 + [1]

    del site.answers["/hook/desk"]
    await world.tick(minutes=5)
    assert world.states("desk") == {DeliveryState.SENT: 15}
    assert len(set(site.messages("desk"))) == 15
    assert not any("Possible repeat" in message for message in site.messages("desk"))


async def test_retry_after_is_honoured(world: Any, site: Any) -> None:
    drop_stories(world, 1)
    world.environ["SLACK_URL"] = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    world.watch("Hmeimim", inbox=True, channels={"wire": {"url": "${SLACK_URL}"}})
    with pytest.MonkeyPatch.context() as patched:
        from apprise.plugins.slack import NotifySlack

        patched.setattr(NotifySlack, "webhook_url", site.url("/services"))
        path = "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
        site.put(path, "slow down", status=429, headers={"Retry-After": "7200"})
        await world.tick()
        site.put(path, "ok")
        await world.tick(minutes=119)
        assert len(site.posts) == 1
        await world.tick(minutes=2)
        assert len(site.posts) == 2
    assert world.states() == {DeliveryState.SENT: 1}


async def test_unset_name_fails_only_its_channel_and_waits_for_a_person(world: Any, site: Any, told: Any) -> None:
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True, channels={"secret": {"url": "${DESK_URL}"}, "wire": world.hook("wire")})
    report = await world.tick()

    assert "channel secret: ${DESK_URL} is not set" in told(report)
    assert len(site.messages("wire")) == 1
    assert world.states("secret") == {DeliveryState.PENDING: 1}

    world.environ["DESK_URL"] = world.hook("desk")["url"]
    await world.tick()
    assert len(site.messages("desk")) == 1


async def test_permanent_refusal_is_a_dead_letter_that_can_be_sent_again(world: Any, site: Any, told: Any) -> None:
    site.fail("/hook/desk", 404)
    drop_stories(world, 1, 2)
    world.watch("Hmeimim", inbox=True)
    report = await world.tick()
    assert world.states() == {DeliveryState.DEAD: 2}
    assert report.counts["given_up"] == 2
    assert "wirewatch deliveries retry" in told(report)
    await world.tick(hours=30)
    assert len(site.posts) == 2

    del site.answers["/hook/desk"]
    [one, other] = world.store.deliveries()
    assert world.store.retry_deliveries([one.key], world.now) == 1
    await world.tick()
    assert world.states() == {DeliveryState.SENT: 1, DeliveryState.DEAD: 1}
    assert world.store.retry_deliveries(None, world.now) == 1
    await world.tick()
    assert world.states() == {DeliveryState.SENT: 2}
    assert [each.outcome for each in world.store.delivery_attempts(other.key)] == ["failed", "sent"]


async def test_channel_that_was_removed_makes_dead_letters(world: Any, site: Any, told: Any) -> None:
    site.fail("/hook/desk")
    drop_stories(world, 1)
    channels = {"desk": world.hook("desk"), "wire": world.hook("wire")}
    world.watch("Hmeimim", inbox=True, channels=channels)
    await world.tick()
    world.watch("Hmeimim", inbox=True, channels={"wire": channels["wire"]})
    report = await world.tick()

    assert world.states("desk") == {DeliveryState.DEAD: 1}
    assert "no longer in the configuration" in told(report)

    del site.answers["/hook/desk"]
    world.watch("Hmeimim", inbox=True, channels=channels)
    world.store.retry_deliveries(None, world.now)
    await world.tick()
    assert world.states("desk") == {DeliveryState.SENT: 1}


async def test_down_for_a_day_becomes_a_dead_letter(world: Any, site: Any, told: Any) -> None:
    site.fail("/hook/desk", 500)
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True)
    await world.tick()
    for _ in range(23):
        await world.tick(hours=1)
    assert world.states() == {DeliveryState.PENDING: 1}
    report = await world.tick(hours=2)

    assert world.states() == {DeliveryState.DEAD: 1}
    assert "24 h" in told(report)


async def test_flood_is_one_digest_with_a_true_count(world: Any, site: Any) -> None:
    count = ChannelRules().flood + 10
    drop_stories(world, *range(count))
    world.drop("other.txt", STORY.format(number="ninety").replace("Hmeimim", "Latakia"))
    world.watch(
        "Hmeimim",
        {"name": "Latakia", "channels": ["wire"]},
        inbox=True,
        channels={"desk": world.hook("desk"), "wire": world.hook("wire")},
        defaults={"channels": ["desk"]},
    )
    await world.tick()

    [digest] = world.store.deliveries(channels=["desk"])
    assert (digest.kind, len(digest.hits)) == (DeliveryKind.DIGEST, count)
    [message] = site.messages("desk")
    assert f"Digest: {count} articles" in message
    assert len(site.messages("wire")) == 1
    assert "Digest" not in site.messages("wire")[0]
    await world.tick()
    assert len(site.posts) == 2


async def test_message_cut_off_before_it_was_marked_is_sent_again_and_says_so(world: Any, site: Any) -> None:
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True)
    await world.poll()
    world.store.claim_deliveries(world.now, lease=timedelta(minutes=5), limit=10)  # and this worker dies
    await world.deliver()
    assert not site.posts  # the lease lives

    await world.tick()
    [message] = site.messages("desk")
    assert "Possible repeat" in message


async def test_a_claim_that_was_not_used_is_given_back(world: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two messages the worker fails: what was to be next was never sent, and must not say that it may have."""
    from flows.outbox import ChannelDrain

    drop_stories(world, 1, 2)
    world.watch("Hmeimim", inbox=True)
    await world.poll()
    with monkeypatch.context() as patched, pytest.raises(StorageError):

        def fail(_drain: ChannelDrain) -> None:
            raise StorageError("the disk is full")

        patched.setattr(ChannelDrain, "_note_success", fail)
        await world.deliver()
    assert world.states() == {DeliveryState.SENT: 1, DeliveryState.PENDING: 1}
    await world.deliver()
    assert world.states() == {DeliveryState.SENT: 2}
    assert not any("Possible repeat" in message for message in site.messages("desk"))


async def test_a_channel_that_breaks_the_sender_costs_only_its_own_slot(
    world: Any, site: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import outbox

    open_channel = outbox.alerts.open_channel

    def fragile(channel: Any, environ: Any) -> Any:
        if channel.name == "bad" and world.site.answers.get("broken"):
            raise RuntimeError("a bug with https://user:hunter22@secret.example in it")
        return open_channel(channel, environ)

    site.put("broken")
    monkeypatch.setattr(outbox.alerts, "open_channel", fragile)
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True, channels={"bad": world.hook("bad"), "desk": world.hook("desk")})
    report = await world.tick()

    assert len(site.messages("desk")) == 1
    assert "channel bad: unexpected RuntimeError" in told(report)
    assert "hunter22" not in told(report)
    del site.answers["broken"]
    await world.tick()
    assert world.states("bad") == {DeliveryState.SENT: 1}


class MailServer:
    """A real SMTP server; `refused` answers a recipient."""

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self.mails: list[tuple[list[str], bytes]] = []
        self.controller = _Loopback(self, hostname="127.0.0.1", port=0)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        self.mails.append((envelope.rcpt_tos, content if isinstance(content, bytes) else b""))
        return "250 OK"


class _Loopback(Controller):
    """aiosmtpd's controller on a port that the system chose."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    server.controller.start()
    yield server
    server.controller.stop()


@pytest.mark.parametrize(("answer", "state"), [("451 later", "pending"), ("550 no such user", "dead")])
async def test_recipients_that_have_it_do_not_get_it_again(
    world: Any, mail: MailServer, told: Any, answer: str, state: str
) -> None:
    mail.refused["two@desk.example"] = answer
    to = "one@desk.example,two@desk.example"
    url = f"mailto://127.0.0.1:{mail.controller.port}?from=watch@desk.example&to={to}"
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True, channels={"mail": {"url": url}})
    report = await world.tick()
    assert "two@desk.example" in told(report)
    assert world.states() == {DeliveryState(state): 1}

    mail.refused.clear()
    world.store.retry_deliveries(None, world.now)
    await world.tick()
    assert [recipients for recipients, _ in mail.mails] == [["one@desk.example"], ["two@desk.example"]]
    assert world.states() == {DeliveryState.SENT: 1}


async def test_a_channel_that_keeps_failing_is_paused_and_probed_by_one_message(
    world: Any, site: Any, told: Any
) -> None:
    site.fail("/hook/desk", 503)
    drop_stories(world, *range(8))
    world.watch("Hmeimim", inbox=True, channels={"desk": world.hook("desk"), "wire": world.hook("wire")})
    for _ in range(4):
        await world.tick(minutes=1)
    report = await world.tick(minutes=1)
    assert len(site.messages("desk")) == 5
    assert "paused after 5 failures in a row" in told(report)
    await world.tick(seconds=30)
    assert len(site.messages("desk")) == 5
    assert world.store.open_channels(world.now) == {"desk"}

    await world.tick(minutes=1)  # half-open: one probe, refused, and a longer pause
    assert len(site.messages("desk")) == 6
    await world.tick(minutes=1)
    assert len(site.messages("desk")) == 6
    [breaker] = world.store.breakers()
    assert (breaker.failures, breaker.open_until - world.now) == (6, timedelta(minutes=1))

    site.answers.pop("/hook/desk")
    await world.tick(minutes=16)
    assert world.states("desk") == {DeliveryState.SENT: 8}
    assert world.store.breakers() == []
    assert len(site.messages("wire")) == 8


async def test_only_one_worker_probes_a_paused_channel(world: Any) -> None:
    minute = timedelta(minutes=1)
    world.store.note_failure("desk", world.now, "503")
    assert world.store.take_turn("desk", world.now, minute)
    world.store.pause_channel("desk", world.now + minute)
    assert not world.store.take_turn("desk", world.now, minute)
    assert [world.store.take_turn("desk", world.now + minute, minute) for _ in range(2)] == [True, False]
    world.store.note_success("desk")
    assert world.store.take_turn("desk", world.now, minute)


async def test_a_template_words_the_alerts_and_a_broken_one_keeps_nothing_back(world: Any, site: Any) -> None:
    desk = world.hook("desk")
    drop_stories(world, 1)
    world.watch("Hmeimim", inbox=True, channels={"desk": {**desk, "template": "read {{ articles[0].title }}"}})
    await world.tick()
    assert "read Convoy 1 reaches the base" in site.messages("desk")[0]

    drop_stories(world, 2)
    world.watch("Hmeimim", inbox=True, channels={"desk": {**desk, "template": "read {{ articles[1].title }}"}})
    await world.tick(minutes=20)
    assert "Hmeimim" in site.messages("desk")[1]
    [notice] = [each for each in world.store.notices() if each.key == "template/desk"]
    assert "line 1" in notice.text
    world.watch("Hmeimim", inbox=True, channels={"desk": {**desk, "template": "{{ heading }}"}})
    drop_stories(world, 3)
    await world.tick(minutes=20)
    assert not [each for each in world.store.notices() if each.key == "template/desk"]


async def test_a_message_that_cannot_be_made_stops_no_other(
    world: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = {"desk": world.hook("desk"), "night": world.hook("night")}
    world.watch("Hmeimim", inbox=True, channels=channels)
    drop_stories(world, 1, 2, 3)
    compose = alerts.compose

    def slipping(delivery: Delivery, found: Sequence[FoundHit], **options: Any) -> alerts.Message:
        if delivery.channel == "desk" and "2" in found[0].article.title:
            raise KeyError(found[0].article.title)
        return compose(delivery, found, **options)

    monkeypatch.setattr(alerts, "compose", slipping)
    report = await world.tick()
    assert (len(site.messages("desk")), len(site.messages("night"))) == (2, 3)
    assert [failure.what for failure in report.failures if "unexpected KeyError" in failure.what]
    assert world.store.breakers() == [], "the channel is well"
    monkeypatch.setattr(alerts, "compose", compose)
    await world.tick()
    assert len(site.messages("desk")) == 3
