"""Says in words why something matched."""

from __future__ import annotations

from watchlist.mentions import Mention, words_between
from watchlist.names import PARTICLES
from watchlist.query import Alias, Concept, Exact, Name, Near, NotNear, Stem, Within, Words, glued
from watchlist.rendering import render
from watchlist.text import ArticleText
from wirewatch.folding import Token
from wirewatch.wording import counted

_MOST_WORDS_SHOWN = 5


def reason(mention: Mention, text: ArticleText) -> str:
    """Why a mention matched, e.g. `“delisting” is 1 word before “Taliban”; concept delisting: delist*`."""
    return "; ".join(dict.fromkeys(_reasons(mention, text)))


def _reasons(mention: Mention, text: ArticleText) -> list[str]:
    node = mention.node
    match node:
        case Alias(name):
            return [f"via alias {name}", *_remarks(mention.parts[0], text)]
        case Concept(name):
            inner = mention.parts[0]
            return [f"concept {name}: {render(inner.node)}", *_remarks(inner, text)]
        case Near():
            left, right = mention.parts
            return [_distance(node, left, right, text), *_remarks(left, text), *_remarks(right, text)]
        case NotNear():
            inner = mention.parts[0]
            within = node.within
            apart = (
                f"in the {within.name.lower()}" if isinstance(within, Within) else f"within {counted(within, 'word')}"
            )
            return [*_reasons(inner, text), f"no {render(node.right)} {apart}"]
        case Words(text=words, prefix=True):
            return [f"{_shown(mention, text)} begins with {words}*"]
        case Words():
            return [f"{'phrase' if len(mention.words) > 1 else 'word'} {_shown(mention, text)}"]
        case Exact():
            return [f"exactly {_shown(mention, text)}"]
        case Stem():
            return [f"{_shown(mention, text)} is a form of {render(node)}"]
        case Name():
            return [_name(node, mention, text)]
        case _:
            return [render(node)]


def _remarks(mention: Mention, text: ArticleText) -> list[str]:
    """What is worth saying of a part of a NEAR beside its words."""
    node = mention.node
    if isinstance(node, Near):
        return [remark for part in mention.parts for remark in _remarks(part, text)]
    if isinstance(node, Concept | NotNear) or (isinstance(node, Name) and not _as_written(node, mention, text)):
        return _reasons(mention, text)
    return []


def _distance(node: Near, left: Mention, right: Mention, text: ArticleText) -> str:
    earlier, later = sorted((left, right), key=lambda part: (part.first, part.last))
    one, other = _shown(earlier, text), _shown(later, text)
    if later.first <= earlier.last:
        inside, around = sorted((left, right), key=lambda part: part.last - part.first)
        return f"{_shown(inside, text)} is inside {_shown(around, text)}"
    if isinstance(node.within, Within):
        return f"{one} and {other} are in one {node.within.name.lower()}"
    between = words_between(left, right)
    if between == 0:
        return f"{one} is directly before {other}"
    return f"{one} is {counted(between, 'word')} before {other}"


def _shown(mention: Mention, text: ArticleText) -> str:
    first, last = mention.first, mention.last
    same_block = text.segment_index(first) == text.segment_index(last)
    if same_block and (last - first < len(mention.words) or last - first < _MOST_WORDS_SHOWN):
        return f"“{' '.join(text.surface(first, last).split())}”"
    return f"“{text.surface(first)} … {text.surface(last)}”"


def _name(node: Name, mention: Mention, text: ArticleText) -> str:
    asked, found = _parts(node.tokens), _parts(_tokens_of(mention, text))
    if _spelled(asked) == _spelled(found):
        return f"name {_shown(mention, text)}"
    segment = text.segment_at(mention.first)
    if len(found) < len(asked):
        return f"short form {_shown(mention, text)} of “{node.text}”"
    if len(asked) != len(found):
        return f"spelling variant {_shown(mention, text)} of “{node.text}”"
    variants = [
        f"“{segment.text[there[0].start : there[-1].end]}” of “{node.text[name[0].start : name[-1].end]}”"
        for name, there in zip(asked, found, strict=True)
        if name[-1].word != there[-1].word
    ]
    return "spelling variant " + ", ".join(variants)


def _as_written(node: Name, mention: Mention, text: ArticleText) -> bool:
    """Whether the name is spelled as in the query, articles and particles aside."""
    return _spelled(_parts(node.tokens)) == _spelled(_parts(_tokens_of(mention, text)))


def _spelled(parts: list[list[Token]]) -> list[str]:
    return [part[-1].word for part in parts]


def _parts(words: list[Token]) -> list[list[Token]]:
    """The words of a name, each with the particles before it."""
    parts: list[list[Token]] = [[]]
    for token in words:
        parts[-1].append(token)
        if token.word not in PARTICLES:
            parts.append([])
    return [part for part in parts if part]


def _tokens_of(mention: Mention, text: ArticleText) -> list[Token]:
    segment = text.segment_at(mention.first)
    return glued(segment.text, [segment.token(position) for position in mention.words])
