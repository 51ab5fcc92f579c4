"""An article from plain text."""

from __future__ import annotations

from extraction import cues
from extraction.drafts import Draft
from extraction.text_lines import Line, read_lines
from extraction.text_zones import zone_lines
from wirewatch.errors import ExtractionError
from wirewatch.model import Block, BodyFrom, Zone

MOST_LINES = 5_000
"""No article has more lines: a longer text is taken whole, without zones."""


def text_draft(text: str) -> Draft:
    """Zoned text of a file that holds lines and nothing else."""
    lines = read_lines(text)
    if not lines:
        raise ExtractionError("there is no text in it: it is empty, or was not completely written")
    whole_text = "\n".join(line.text for line in lines)
    if len(lines) > MOST_LINES:
        too_long = "too long to be one article: whole text, nothing in it is taken for furniture"
        return Draft(_plain(lines), BodyFrom.WHOLE, note=too_long, whole_text=whole_text)
    zoned = zone_lines(lines)
    note = "no running text was recognised: all lines are taken for the article" if zoned.whole else None
    return Draft(
        blocks=zoned.blocks,
        body_from=BodyFrom.WHOLE if zoned.whole else BodyFrom.FILE,
        byline=_byline(zoned.blocks),
        note=note,
        whole_text=whole_text,
    )


def _plain(lines: list[Line]) -> tuple[Block, ...]:
    return tuple(Block(line.text, Zone.BODY) for line in lines)


def _byline(blocks: tuple[Block, ...]) -> str | None:
    """The names of the byline, without the words that introduce them."""
    names = [cues.BYLINE.sub("", block.text, count=1).strip(" :|") for block in blocks if block.zone is Zone.BYLINE]
    return ", ".join(dict.fromkeys(name for name in names if name)) or None
