"""How a matched passage is shown: cleaned, its marks joined, and cut around them where it is long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.cleaning import clean_character, may_leave
from wirewatch.model import Match

PASSAGE_LENGTH = 320
"""Characters of a passage shown, without its marks' own where they alone have more."""

LONGEST_MARK = 160
"""A mark longer than this is no phrase but a mishap of the text, and is cut like any other text."""

ELLIPSIS = "…"
_CONTEXTS = (120, 80, 50, 30, 15)
_BRACKETS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
_BREAK = re.compile(r"[.!?:;。！？：；¶–—](?:\s|$)")

WORDS_BETWEEN = 2
"""Marks with so few words between them are read as one phrase, and shown as one."""


Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that is shown in one way; `marked` is what matched."""

    text: str
    marked: bool = False


def show_passage(match: Match, length: int = PASSAGE_LENGTH) -> tuple[Run, ...]:
    """The match's passage in at most about `length` characters, with its marks whole and an ellipsis at each cut."""
    text, marks = clean_marked(match.passage, match.marks)
    joined = join_marks(text, marks)
    if len(text) <= length:
        return _runs(text, joined, [(0, len(text))])
    return _runs(text, joined, _windows(text, joined, length))


def clean_marked(text: str, marks: Iterable[Mark]) -> tuple[str, list[Mark]]:
    """Cleaned text and the marks' places in it; marks that hold nothing that may leave are dropped."""
    if may_leave(text) and "  " not in text and text == text.strip(" "):
        return text, _moved(marks, range(len(text) + 1))
    kept: list[str] = []
    offsets = [0] * (len(text) + 1)
    for index, character in enumerate(text):
        offsets[index] = len(kept)
        cleaned = clean_character(character)
        if cleaned and (cleaned != " " or (kept and kept[-1] != " ")):
            kept.append(cleaned)
    if kept and kept[-1] == " ":
        kept.pop()
    offsets[len(text)] = len(kept)
    return "".join(kept), _moved(marks, offsets)


def _moved(marks: Iterable[Mark], offsets: Sequence[int]) -> list[Mark]:
    """The marks' places where each place of the text has moved to, the last being its end; none overlap."""
    moved: list[Mark] = []
    end_of_text = len(offsets) - 1
    for start, end in sorted(marks):
        first, last = (min(offsets[min(max(0, place), end_of_text)], offsets[-1]) for place in (start, end))
        first = max(first, moved[-1][1] if moved else 0)
        if first < last:
            moved.append((first, last))
    return moved


def join_marks(text: str, marks: Sequence[Mark]) -> list[Mark]:
    """Marks that read as one phrase as one mark, with the bracket closed that was opened inside."""
    joined: list[Mark] = []
    for start, end in marks:
        if joined and _reads_on(text, joined[-1], (start, end)):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, _closed(text, start, end)) for start, end in joined]


def _reads_on(text: str, left: Mark, right: Mark) -> bool:
    between = text[left[1] : right[0]]
    words = [word for word in between.split() if any(map(str.isalnum, word))]
    return len(words) <= WORDS_BETWEEN and not _BREAK.search(between) and right[1] - left[0] <= LONGEST_MARK


def _closed(text: str, start: int, end: int) -> int:
    following = text[end : end + 1]
    opening = _BRACKETS.get(following)
    if opening is None:
        return end
    inside = text[start:end]
    return end + 1 if inside.count(opening) > inside.count(following) else end


def _windows(text: str, marks: Sequence[Mark], length: int) -> list[Mark]:
    """The stretches of a long text that are kept: as much around each mark as fits, the first marks first."""
    cut = [(start, min(end, start + LONGEST_MARK)) for start, end in marks] or [(0, 0)]
    windows: list[Mark] = []
    for context in _CONTEXTS:
        windows = _around(text, cut, context)
        if sum(end - start for start, end in windows) <= length:
            return _widened(text, windows, length)
    kept: list[Mark] = []
    for window in windows:
        if kept and sum(end - start for start, end in kept) + window[1] - window[0] > length:
            break
        kept.append(window)
    return kept


def _around(text: str, marks: Sequence[Mark], context: int) -> list[Mark]:
    windows: list[Mark] = []
    for start, end in marks:
        first, last = _word_start(text, start - context, start), _word_end(text, end + context, end)
        if windows and first <= windows[-1][1] + 1:
            windows[-1] = (windows[-1][0], max(last, windows[-1][1]))
        else:
            windows.append((first, last))
    return windows


def _widened(text: str, windows: list[Mark], length: int) -> list[Mark]:
    """A single window, grown to the end of the allowed length: readers want the whole sentence."""
    if len(windows) > 1:
        return windows
    start, end = windows[0]
    room = length - (end - start)
    end = _word_end(text, end + room * 2 // 3, end)
    start = _word_start(text, start - (length - (end - start)), start)
    return [(start, end)]


def _word_start(text: str, wanted: int, latest: int) -> int:
    """The start of a word at or after `wanted`, not after `latest`."""
    if wanted <= 0:
        return 0
    space = text.find(" ", wanted, latest)
    return space + 1 if space >= 0 else (wanted if latest - wanted < LONGEST_MARK else latest)


def _word_end(text: str, wanted: int, earliest: int) -> int:
    """The end of a word at or before `wanted`, not before `earliest`."""
    if wanted >= len(text):
        return len(text)
    space = text.rfind(" ", earliest, wanted)
    return space if space >= 0 else (wanted if wanted - earliest < LONGEST_MARK else earliest)


def _runs(text: str, marks: Sequence[Mark], windows: Sequence[Mark]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for number, (first, last) in enumerate(windows):
        if first > 0:
            runs.append(Run(f"{ELLIPSIS} " if number == 0 else f" {ELLIPSIS} "))
        place = first
        for mark in marks:
            start, end = max(mark[0], first), min(mark[1], last)
            if start >= end:
                continue
            runs += [Run(text[place:start]), Run(text[start:end], marked=True)]
            place = end
        runs.append(Run(text[place:last]))
    if windows and windows[-1][1] < len(text):
        runs.append(Run(f" {ELLIPSIS}"))
    return _merged(runs)


def _merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    merged: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if merged and merged[-1].marked == run.marked:
            merged[-1] = Run(merged[-1].text + run.text, run.marked)
        else:
            merged.append(run)
    return tuple(merged)
