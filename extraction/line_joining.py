"""Lines that belong to an article by where they stand, though the line model would not take them for it alone.

Lists, live blogs, interviews and tables are short lines without sentences: nothing but their company tells them from a
menu. In a file whose blocks are told apart by blank lines, what article lines enclose, number, stamp or announce is the
article's, unless it shows a sign of furniture. A page copied line by line has no such blocks and mixes menus with its
prose: there only labelled lines join, a list that a line of the article announces, and sentences between such lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from extraction.line_signs import LineSigns
from extraction.text_lines import Line

SHORT_SENTENCE = 6
"""Words from which a sentence beside one article line joins; a shorter one needs both sides."""
ROUNDS = 4
"""Lines that joined may bring others: so often all is looked at again."""
FEWEST_STAMPS = 3
UNDER_STAMP = 4
"""Lines of a live blog's post that are taken with its time, itself included."""
FEWEST_LABELS = 3
"""So often a label such as a speaker's name must stand before it is the text's own form."""

NUMERALS = "一二三四五六七八九十"
NUMBER = re.compile(rf"^\(?(\d{{1,2}}|[{NUMERALS}])[.):、．：]\s*(?=\D)")
LABEL = re.compile(r"^([^:：]{1,30})[:：]\s*\S")
CLOCK = re.compile(r"^\W{0,2}\d{1,2}[:.h]\d{2}\b")
COLON = (":", "：")
ANNOUNCING = (*COLON, "?", "？", "؟")


def joined_lines(
    lines: Sequence[Line], signs: Sequence[LineSigns], repeated: Sequence[bool], taken: set[int]
) -> set[int]:
    """The lines that join those which are `taken`; `repeated` says which stand in the text more than once."""
    joining = _Joining(lines, signs, repeated, taken)
    if any(line.gap for line in lines[1:]):
        joining.join_blocks()
    else:
        joining.join_lines()
    return joining.kept - taken


class _Joining:
    def __init__(
        self, lines: Sequence[Line], signs: Sequence[LineSigns], repeated: Sequence[bool], taken: set[int]
    ) -> None:
        self.texts = [line.text for line in lines]
        self.signs = signs
        self.lists = list(_runs(number for number, line in enumerate(lines) if line.listed))
        repeats = (again and not LABEL.match(text) for again, text in zip(repeated, self.texts, strict=True))
        self.clean = [_is_clean(sign) and not again for sign, again in zip(signs, repeats, strict=True)]
        self.kept = set(taken)

    def join_lines(self) -> None:
        """What joins in a text without blank lines."""
        self._join_labelled()
        for items in self.lists:
            if self._announced(items[0] - 1, COLON) and self._all_clean(items):
                self._keep([items[0] - 1, *items])
        self._join_sentences(one_side=False)

    def join_blocks(self) -> None:
        for _ in range(ROUNDS):
            before = len(self.kept)
            self._join_sentences(one_side=True)
            self._join_numbered()
            self._join_stamped()
            self._join_labelled()
            self._join_lists()
            self._join_reached()
            self._join_enclosed()
            if len(self.kept) == before:
                return

    def _keep(self, numbers: Iterable[int]) -> None:
        self.kept.update(number for number in numbers if self.clean[number])

    def _all_clean(self, numbers: Iterable[int]) -> bool:
        return all(self.clean[number] for number in numbers)

    def _unbroken(self, numbers: range) -> list[int]:
        return list(takewhile(self.clean.__getitem__, numbers))

    def _join_sentences(self, one_side: bool) -> None:
        """Sentences between lines of the article, or with one beside them; the end of the text counts as one."""
        for number, sign in enumerate(self.signs):
            below = number + 1 in self.kept or number + 1 == len(self.signs)
            sides = (number - 1 in self.kept) + below
            if sign.ends_sentence and sides and (sides == 2 or (one_side and sign.length >= SHORT_SENTENCE)):
                self._keep([number])

    def _join_numbered(self) -> None:
        """Numbers that count up or down, with text of their own under most of them."""
        for items in _counted(self.texts):
            apart = all(after - number > 1 for number, after in pairwise(items))
            led = sum(bool(self.kept & {number, number + 1}) for number in items)
            if apart and len(items) >= 2 and 2 * led >= len(items):
                self._keep(items)

    def _join_stamped(self) -> None:
        """The posts of a live blog: times with lines of the article under them."""
        stamped = [number for number, text in enumerate(self.texts) if CLOCK.match(text)]
        posts = [range(number, min(number + UNDER_STAMP, len(self.texts))) for number in stamped]
        led = sum(not self.kept.isdisjoint(post) for post in posts)
        if len(posts) >= FEWEST_STAMPS and 2 * led >= len(posts):
            for post in posts:
                self._keep(self._unbroken(post))

    def _join_labelled(self) -> None:
        """What is said under a label, such as a speaker's name, that lines of the article bear too."""
        labelled: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self.texts):
            if label := LABEL.match(text):
                labelled[label[1].casefold()].append(number)
        for numbers in labelled.values():
            if len(numbers) >= FEWEST_LABELS and not self.kept.isdisjoint(numbers):
                self._keep(numbers)

    def _join_lists(self) -> None:
        """Lists below a line of the article, or below a line there that announces them."""
        for items in self.lists:
            above = items[0] - 1
            if (above in self.kept or self._announced(above, ANNOUNCING)) and self._all_clean(items):
                self._keep([above, *items])

    def _announced(self, number: int, endings: tuple[str, ...]) -> bool:
        """Whether the line is one of the article, or below one, and its ending says that more comes."""
        beside = number in self.kept or (number - 1 in self.kept and self.clean[number])
        return beside and self.texts[number].endswith(endings)

    def _join_reached(self) -> None:
        """Sentences below, and prose above the article that no sign of furniture parts from it."""
        below = self._unbroken(range(max(self.kept) + 1, len(self.texts)))
        sentences = [n for n in below if self.signs[n].ends_sentence and self.signs[n].length >= SHORT_SENTENCE]
        if sentences:
            self._keep(range(below[0], sentences[-1] + 1))
        above = self._unbroken(range(min(self.kept) - 1, -1, -1))
        prose = [number for number in above if self.signs[number].prose]
        if prose:
            self._keep(range(prose[-1], above[0] + 1))

    def _join_enclosed(self) -> None:
        for before, after in pairwise(sorted(self.kept)):
            if self._all_clean(range(before + 1, after)):
                self._keep(range(before + 1, after))


def _is_clean(sign: LineSigns) -> bool:
    return not (sign.cue or sign.reading_time or sign.credit or sign.byline)


def _runs(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Neighbouring numbers together."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _counted(texts: Sequence[str]) -> Iterator[list[int]]:
    """The lines of each enumeration whose numbers rise, or fall, by one."""
    run: list[int] = []
    last = step = 0
    for number, text in enumerate(texts):
        found = NUMBER.match(text)
        if not found:
            continue
        count = int(found[1]) if found[1].isdecimal() else NUMERALS.index(found[1]) + 1
        if run and abs(count - last) == 1 and step in (0, count - last):
            step = count - last
            run.append(number)
        else:
            yield run
            run, step = [number], 0
        last = count
    yield run
