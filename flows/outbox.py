"""Sending what the outbox holds, as plain functions: claim, send, mark. Never imports Prefect.

Sending happens outside any transaction. Each channel has a thread of its own, so that one that hangs delays nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import alerts
import storage
from flows import digests
from flows.report import Report
from wirewatch.clock import Clock
from wirewatch.config import Configuration
from wirewatch.errors import DeliveryError, PermanentDeliveryError, StorageError, TemporaryDeliveryError
from wirewatch.identity import digest
from wirewatch.model import Channel, Delivery, DeliveryKind

LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one delivery in this run, for people to read."""

    channel: str
    subject: str
    outcome: str


@dataclass(slots=True)
class DeliveryReport(Report):
    """A report that also says what was sent where."""

    sent: list[Sent] = field(default_factory=list)


async def deliver(store: storage.Store, environ: Mapping[str, str], clock: Clock) -> DeliveryReport:
    """Send all that is due, digests among it, every channel at its own pace.

    A channel that is down is left for a later run. Cancelled, it ends when the messages under way have been sent.
    """
    configuration = store.configuration() or Configuration()
    digests.queue_due(store, configuration, clock())
    channels = {channel.name: channel for channel in configuration.channels}
    report = DeliveryReport({"sent": 0, "to_be_retried": 0, "given_up": 0})
    links = alerts.answer_links(configuration.policy.public_url, environ)
    due = _reachable(store, clock())
    loop = asyncio.get_running_loop()
    # Not the loop's own threads: on a small machine those are fewer than the channels that may hang at once.
    with ThreadPoolExecutor(max_workers=max(1, len(due)), thread_name_prefix="deliver") as threads:
        drains = [ChannelDrain(store, name, channels.get(name), environ, clock, links) for name in due]
        try:
            for drained in await asyncio.gather(*(loop.run_in_executor(threads, drain.run) for drain in drains)):
                report.merge(drained)
                report.sent += drained.sent
        except BaseException:
            for drain in drains:
                drain.stopped = True
            raise
    return report


def is_due(store: storage.Store, now: datetime) -> bool:
    """Whether something waits for a channel that takes messages; what falls due by the clock is not counted."""
    return bool(_reachable(store, now))


def _reachable(store: storage.Store, now: datetime) -> list[str]:
    """The channels that something is due for and that are not paused."""
    paused = store.open_channels(now)
    return [name for name in store.due_channels(now) if name not in paused]


class ChannelDrain:
    """The due deliveries of one channel, sent one after the other over one transport."""

    def __init__(
        self,
        store: storage.Store,
        name: str,
        channel: Channel | None,
        environ: Mapping[str, str],
        clock: Clock,
        links: alerts.AnswerLinks | None = None,
    ) -> None:
        self.store = store
        self.links = links
        self.name = name
        self.channel = channel
        self.environ = environ
        self.clock = clock
        self.report = DeliveryReport()
        self.stopped = False
        """Whether what is not under way is left for another run; set from another thread."""
        self._transport: alerts.Transport | None = None
        self._claimed: list[storage.ClaimedDelivery] = []
        self._has_failed = False
        self._template_works: bool | None = None
        """None: not tried as yet."""

    def run(self) -> DeliveryReport:
        """Send until nothing is due or the channel is down.

        Claimed one by one: if this process is killed, only the message under way may be a repeat.
        """
        if not self.store.take_turn(self.name, self.clock(), LEASE):
            return self.report
        self._has_failed = any(each.channel == self.name for each in self.store.breakers())
        try:
            while not self.stopped and (claimed := self._next()):
                if not self._send(claimed):
                    break
        finally:
            if self._transport:
                self._transport.close()
            for unused in self._claimed:
                self.store.release(unused.delivery.key, unused.delivery.attempts)
        return self.report

    def _next(self) -> storage.ClaimedDelivery | None:
        """The one that was claimed as the last one was marked, else what is due now."""
        claimed = self._claimed or self.store.claim_deliveries(self.clock(), lease=LEASE, limit=1, channel=self.name)
        self._claimed = []
        return claimed[0] if claimed else None

    def _send(self, claim: storage.ClaimedDelivery) -> bool:
        """Send one; False where the channel cannot take more now."""
        delivery = claim.delivery
        message = self._message_of(claim)
        if message is None:
            return True
        if self.channel is None:
            gone = PermanentDeliveryError("the channel is no longer in the configuration")
            self._give_up(delivery, message.subject, gone)
            return True
        try:
            self._transport = self._transport or alerts.open_channel(self.channel, self.environ)
            answer = self._hand_over(self._transport, delivery, message)
            if answer is None:
                return True
        except DeliveryError as error:
            # What keeps a channel from being opened is mended by a person, and then the alerts must still be there.
            if self._transport is not None and isinstance(error, PermanentDeliveryError):
                self._give_up(delivery, message.subject, error)
                self._note_success()
                return True
            self._try_later(delivery, message.subject, error)
            self._note_failure(error)
            return False
        except Exception as error:  # one channel must not stop the others; what is unexpected may hold secrets
            what = f"channel {self.name}: unexpected {type(error).__name__} while sending"
            late = TemporaryDeliveryError(what, uncertain=self._transport is not None)
            self._try_later(delivery, message.subject, late)
            self._note_failure(late)
            return False
        is_marked, self._claimed = self.store.mark_sent(
            delivery.key, delivery.attempts, self.clock(), answer, lease=LEASE, next_of=self.name
        )
        if is_marked:
            self._note(message.subject, "sent" + (" (possible repeat)" if delivery.maybe_repeat else ""), sent=1)
        self._note_success()
        return True

    def _message_of(self, claim: storage.ClaimedDelivery) -> alerts.Message | None:
        """What is to be sent; None where it cannot be made now: that is tried later, and the others are sent."""
        delivery = claim.delivery
        try:
            message = alerts.compose(delivery, claim.found, links=self.links)
            return self._worded(self.channel, message) if self.channel else message
        except StorageError:
            raise
        except Exception as error:  # one message must not stop the others of all channels, and every poll with them
            subject = delivery.subject or f"delivery {delivery.key.hex()[:12]}"
            what = f"{subject}: unexpected {type(error).__name__} while its message was made"
            self._try_later(delivery, subject, TemporaryDeliveryError(what))
            return None

    def _worded(self, channel: Channel, message: alerts.Message) -> alerts.Message:
        """The message in the words of the channel's template; a template that cannot be used keeps nothing back."""
        notice = f"template/{self.name}"
        if not channel.template or message.kind is DeliveryKind.NOTICE:
            return message
        try:
            worded = alerts.with_template(message, channel.template, self.name)
        except alerts.TemplateError as error:
            said = f"Its messages are sent in the built-in wording. In its template, {error}."
            if self._template_works is not False:
                subject = f"the template of channel {self.name} cannot be used"
                self.store.raise_notice(notice, subject, said, self.clock())
                self._template_works = False
            return message
        if self._template_works is None:
            self.store.clear_notice(notice, self.clock())
            self._template_works = True
        return worded

    def _hand_over(self, transport: alerts.Transport, delivery: Delivery, message: alerts.Message) -> str | None:
        """Send the message into its story's thread, and remember where that began; None where it is not ours any more.

        That is so when this process slept past its lease: another may have sent it meanwhile.
        """
        before = self.store.thread(self.name, message.story) if message.story else {}
        thread = dict(before)
        if delivery.lease_until and self.clock() >= delivery.lease_until:
            return None
        try:
            return transport.send(
                message,
                key=delivery.key,
                maybe_repeat=delivery.maybe_repeat,
                accepted=delivery.accepted,
                thread=thread if message.story else None,
            )
        finally:
            begun = {name: sent for name, sent in thread.items() if before.get(name) != sent}
            if message.story and begun:
                self.store.keep_thread(self.name, message.story, begun, self.clock())

    def _note_success(self) -> None:
        """The channel answered: whatever it said of one message, it is there."""
        if self._has_failed:
            self.store.note_success(self.name)
            self._has_failed = False

    def _note_failure(self, error: DeliveryError) -> None:
        if self._transport is None:
            return  # the address is at fault, and the channel well once it is mended
        now = self.clock()
        row = self.store.note_failure(self.name, now, str(error))
        asked = error.retry_after if isinstance(error, TemporaryDeliveryError) else None
        if pause := alerts.pause_after(row.failures, asked):
            self.store.pause_channel(self.name, now + pause)
            said = f"paused after {row.failures} failures in a row; one message is tried at {now + pause:%H:%M:%S} UTC"
            self.report.fail(f"channel {self.name}", said)

    def _give_up(self, delivery: Delivery, subject: str, error: DeliveryError) -> None:
        self.store.mark_dead(
            delivery.key, delivery.attempts, self.clock(), str(error), accepted=error.accepted or delivery.accepted
        )
        self._note(subject, f"given up: {error}", given_up=1)
        self.report.fail(f"channel {self.name}", f"{error}; `wirewatch deliveries retry` sends it again")

    def _try_later(self, delivery: Delivery, subject: str, error: DeliveryError) -> None:
        now = self.clock()
        wait = error.retry_after if isinstance(error, TemporaryDeliveryError) else None
        again = alerts.next_attempt(delivery.attempts, delivery.trying_since or now, now, wait, delivery.key)
        if again is None:
            late = PermanentDeliveryError(f"not accepted for 24 h: {error}", accepted=error.accepted)
            self._give_up(delivery, subject, late)
            return
        uncertain = isinstance(error, TemporaryDeliveryError) and error.uncertain
        self.store.mark_retry(
            delivery.key, delivery.attempts, again, str(error), uncertain=uncertain, accepted=error.accepted
        )
        self._note(subject, f"again at {again:%H:%M:%S} UTC: {error}", to_be_retried=1)
        self.report.fail(f"channel {self.name}", error)

    def _note(self, subject: str, outcome: str, **counts: int) -> None:
        self.report.sent.append(Sent(self.name, subject, outcome))
        self.report.add(**counts)


def send_test(channel: Channel, environ: Mapping[str, str], now: datetime) -> str:
    """Send a test message to a channel and return what the server said; DeliveryError where it was not accepted."""
    transport = alerts.open_channel(channel, environ)
    message = alerts.compose_test(channel.name, now)
    try:
        return transport.send(message, key=digest("test", channel.name, now.isoformat()))
    finally:
        transport.close()
