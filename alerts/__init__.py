"""Hits in, messages out: what a channel is told, and what became of it."""

from alerts.attempts import next_attempt
from alerts.compose import compose, compose_test
from alerts.message import Message
from alerts.plan import FLOOD_LIMIT, plan_deliveries, plan_digest
from alerts.render_mail import MailBody, render_mail
from alerts.render_slack import SlackMessage, render_slack
from alerts.render_text import render_plain, render_screen

__all__ = [
    "FLOOD_LIMIT",
    "MailBody",
    "Message",
    "SlackMessage",
    "compose",
    "compose_test",
    "next_attempt",
    "plan_deliveries",
    "plan_digest",
    "render_mail",
    "render_plain",
    "render_screen",
    "render_slack",
]
