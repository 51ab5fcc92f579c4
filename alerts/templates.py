"""Operators' own wording: Jinja2 templates that make a message's text.

A template sees the values of a webhook (docs/webhook.md) and nothing else. What comes from articles is made harmless
where it is written out; what the template itself says stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from alerts.message import Address, ArticleSection, Message, TermCount, TermLine
from alerts.passages import Run
from alerts.render_json import Link, template_values
from alerts.render_text import disarm
from wirewatch.model import DeliveryKind

LONGEST_TEXT = 30_000


class TemplateError(Exception):
    """What is wrong with a template; `line` is that of the template, from 1, 0 where it is not known."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}" if line else what)


def with_template(message: Message, template: str, channel: str = "") -> Message:
    """The message with the text that the template makes of it; TemplateError where it cannot."""
    from jinja2 import StrictUndefined, TemplateSyntaxError
    from jinja2 import TemplateError as JinjaError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=_harmless,
        autoescape=False,  # what it makes is text; whatever becomes HTML is escaped there
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        text = environment.from_string(template).render(template_values(message, channel))
    except TemplateSyntaxError as error:
        raise TemplateError(error.lineno, error.message or "it cannot be read") from None
    except JinjaError as error:
        raise TemplateError(_line_of(error), str(error)) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(_line_of(error), f"{type(error).__name__}: {error}") from None
    text = text.strip()
    if not text:
        raise TemplateError(0, f"it says nothing of this {message.kind.value}")
    return replace(message, text=text[:LONGEST_TEXT])


def check_template(template: str) -> str | None:
    """What is wrong with a template, in a line for its author; None where it can tell an alert and a digest."""
    try:
        for sample in _samples():
            with_template(sample, template, "desk")
    except TemplateError as error:
        return str(error)
    return None


def _harmless(value: object) -> object:
    """How a value is written out: links stay, in other texts nothing is a mention, a tag or a labelled link."""
    return value if isinstance(value, Link) else disarm("" if value is None else str(value))


def _line_of(error: BaseException) -> int:
    """The template's line that was at fault: Jinja2 rewrites tracebacks to name it."""
    line, trace = 0, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _samples() -> tuple[Message, ...]:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    line = TermLine("a term", (Run("A passage with "), Run("words", marked=True), Run(".")), 1, "the word words")
    section = ArticleSection(
        title="A title",
        source="a source",
        published="31 Jan 11:00 UTC",
        seen="31 Jan 12:00 UTC",
        lines=(line,),
        more_terms=("another term",),
        addresses=(Address("Original", "https://news.example.org/1", is_link=True),),
        history=("also in: another source",),
        published_at=now,
        seen_at=now,
    )
    alert = Message(DeliveryKind.ALERT, "a subject", "A title", (section,), 1, (TermCount("a term", 1),), now)
    bare = replace(section, lines=(), addresses=(), published_at=None)
    digest = replace(alert, kind=DeliveryKind.DIGEST, articles=(section, bare), total=9, remarks=("Coverage",))
    return alert, digest
