"""Hits in, messages out: what a channel is told, and what became of it."""

from alerts.address_check import check_channel_url
from alerts.attempts import next_attempt
from alerts.breaker import pause_after
from alerts.compose import compose, compose_test
from alerts.history import history_lines
from alerts.links import AnswerLinks, answer_links, why_no_links
from alerts.message import Message
from alerts.novelty import RELATED_WITHIN, judge
from alerts.passages import Run, show_passage
from alerts.plan import AlertPolicy
from alerts.releasing import is_digest, release
from alerts.render_atom import render_atom
from alerts.render_json import render_json
from alerts.render_mail import MailBody, render_mail
from alerts.render_slack import SlackMessage, render_slack
from alerts.render_text import render_plain, render_screen
from alerts.sending import Transport
from alerts.sentences import change_between
from alerts.templates import TemplateError, check_template, with_template
from alerts.traces import trace
from alerts.transport import open_channel
from wirewatch.secrets import install_log_redaction, redact
from wirewatch.stories import StoryRules

STORY_RULES = StoryRules(judge, change_between)

__all__ = [
    "RELATED_WITHIN",
    "STORY_RULES",
    "AlertPolicy",
    "AnswerLinks",
    "MailBody",
    "Message",
    "Run",
    "SlackMessage",
    "TemplateError",
    "Transport",
    "answer_links",
    "check_channel_url",
    "check_template",
    "compose",
    "compose_test",
    "history_lines",
    "install_log_redaction",
    "is_digest",
    "next_attempt",
    "open_channel",
    "pause_after",
    "redact",
    "release",
    "render_atom",
    "render_json",
    "render_mail",
    "render_plain",
    "render_screen",
    "render_slack",
    "show_passage",
    "trace",
    "why_no_links",
    "with_template",
]
