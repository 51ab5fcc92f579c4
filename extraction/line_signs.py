"""What can be said of a line of text without knowing its language.

The strongest sign is *recurrence*: the share of a line's words that the article's prose uses too. A headline repeats
the words of its article (about .67 on real pages), a banner or a teaser does not (0 to .14).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extraction import cues
from extraction.text_lines import Line
from wirewatch.folding import fold_text, is_unspaced

SENTENCE_END = re.compile(r"[.!?…。！？؟۔।॥።][\"'”’»›)\]」』]*$")
INNER_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*\s+[\"'“‘«(]?[^\W\d_]|[。！？](?=.)|[؟۔।]\s")
COMMA = re.compile(r"[,;،؛、，；]")
SEPARATOR = re.compile(r"[|›»·•/→]")
ELLIPSIS = re.compile(r"(?:\.\.\.|…|\[…\])$")
QUOTE = re.compile(r"[\"“”„«»「」]")
QUESTION_END = re.compile(r"[?？؟][\"'”’»)]?$")
EXCLAMATION_END = re.compile(r"[!！][\"'”’»)]?$")
TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

LONG_LINE = 12
"""Words from which a line that ends a sentence is prose beyond doubt."""
STEM = 5
"""Letters of a word that are compared, so that inflected forms of it are the same word in most languages."""
SAMPLE = 2_000
ENDING = 12
"""Characters of a line that are looked at."""


@dataclass(frozen=True, slots=True)
class LineSigns:
    """What one line shows by itself.

    `length` counts words; two characters of an unspaced script count as one. `breadth` is characters a word.
    """

    length: int
    breadth: float
    stems: frozenset[str]
    capitals: float
    upper: float
    digits: float
    short_words: float
    commas: float
    separators: int
    sentences: int
    ends_sentence: bool
    ellipsis: bool
    colon: bool
    cue: bool
    credit: bool
    byline: bool
    date: bool
    reading_time: bool
    address: bool
    listed: bool
    heading: bool
    begins_small: bool
    quotes: int
    asks: bool
    exclaims: bool

    @property
    def prose(self) -> bool:
        """A sentence of some length, or several."""
        return self.ends_sentence and (self.length >= LONG_LINE or (self.sentences >= 2 and self.length >= 8))


def signs_of(line: Line) -> LineSigns:
    """Measure one line; of a very long one its beginning and its end."""
    text = line.text[:SAMPLE]
    ending = line.text[-ENDING:]
    tokens = TOKEN.findall(text)
    folded = fold_text(text).split()
    unspaced = sum(map(is_unspaced, folded))
    length = max(1, len(tokens)) if unspaced < len(text) / 4 else max(1, unspaced // 2)
    cased = [token for token in tokens if token[0].lower() != token[0].upper()]
    ends_sentence = bool(SENTENCE_END.search(ending))
    return LineSigns(
        length=length,
        breadth=len(text) / length,
        stems=_stems(folded),
        capitals=_share(sum(token[0].isupper() for token in cased[1:]), len(cased) - 1),
        upper=_share(sum(token.isupper() and len(token) > 1 for token in cased), len(cased)),
        digits=_share(sum(token[0].isdigit() for token in tokens), len(tokens)),
        short_words=_share(sum(len(token) <= 3 and token.islower() for token in tokens), len(tokens)),
        commas=min(1.0, 5 * len(COMMA.findall(text)) / length),
        separators=min(3, len(SEPARATOR.findall(text))),
        sentences=min(4, len(INNER_SENTENCE_END.findall(text)) + ends_sentence),
        ends_sentence=ends_sentence,
        ellipsis=bool(ELLIPSIS.search(ending)),
        colon=ending.endswith((":", "：")),
        cue=cues.shows(cues.FURNITURE, text, cues.REACH),
        credit=cues.shows(cues.CREDIT, text),
        byline=length <= LONG_LINE and cues.BYLINE.match(text) is not None,
        date=length <= LONG_LINE and cues.shows(cues.DATE, text),
        reading_time=length <= 8 and cues.shows(cues.READING_TIME, text),
        address=cues.ADDRESS.shows(text),
        listed=line.listed,
        heading=line.heading,
        begins_small=text[:1].islower(),
        quotes=len(QUOTE.findall(text)),
        asks=bool(QUESTION_END.search(ending)),
        exclaims=bool(EXCLAMATION_END.search(ending)),
    )


def _stems(folded: Sequence[str]) -> frozenset[str]:
    """The words that carry meaning, cut to their first letters; pairs of characters where no spaces are."""
    found: set[str] = set()
    for word, after in zip(folded, [*folded[1:], ""], strict=False):
        if is_unspaced(word):
            if is_unspaced(after):
                found.add(word + after)
            continue
        bare = word.removeprefix("ال")
        if len(bare) >= 4 or (len(bare) == 3 and bare > "\u0590"):
            found.add(bare[:STEM])
    return frozenset(found)


def _share(part: int, whole: int) -> float:
    return part / whole if whole > 0 else 0.0


def recurrence(signs: Sequence[LineSigns], prose: Sequence[bool]) -> list[float]:
    """For each line, the share of its words that stand in prose lines other than itself."""
    lines_with = Counter(stem for line, counts in zip(signs, prose, strict=True) if counts for stem in line.stems)
    shares = []
    for line, counts in zip(signs, prose, strict=True):
        own = 1 if counts else 0
        shares.append(_share(sum(lines_with[stem] > own for stem in line.stems), len(line.stems)))
    return shares
