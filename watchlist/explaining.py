"""Walks a query over an article and says, part by part, what matched and what stood in the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from watchlist.concepts import Concepts
from watchlist.evaluation import matched, mentions_of
from watchlist.mentions import Mention, words_between
from watchlist.query import (
    FACT_FIELDS,
    And,
    Concept,
    Exact,
    Field,
    Name,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Stem,
    Within,
    Words,
    children,
)
from watchlist.reasons import reason
from watchlist.rendering import render
from watchlist.terms import Found, compile_term, find, unmet
from watchlist.text import ZONES_OF_FIELD, ArticleText
from wirewatch import model
from wirewatch.model import SEARCHED_ZONES, Article, Term, Visibility, Zone
from wirewatch.wording import counted


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the query: whether it matched in the article's own zones, and why or why not."""

    query: str
    matched: bool
    why: str
    parts: tuple[Step, ...] = ()

    def lines(self, indent: int = 0) -> Iterable[str]:
        """The step and its parts, one a line."""
        yield f"{'  ' * indent}{'✓' if self.matched else '✗'} {self.query}: {self.why}"
        for part in self.parts:
            yield from part.lines(indent + 1)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a term hits an article or not; `str()` is text to read."""

    term: Term
    found: Found | None
    root: Step
    unmet: tuple[str, ...] = ()
    """Conditions of the term beside its query that the article does not meet."""

    @property
    def short(self) -> str:
        """The one reason that tells most, on one line."""
        of_parts = "; ".join(f"{part.query}: {part.why}" for part in self.root.parts if not part.matched)
        why = of_parts if of_parts == self.root.why else f"{self.root.query}: {self.root.why}"
        return "; ".join(self.unmet) or why

    def __str__(self) -> str:
        lines = [f"{self.term.name}: {self._verdict()}"]
        for match in self.found.matches if self.found else ():
            lines.append(f"  {match.zone}: {_marked(match)}")
            lines.append(f"    {match.reason}")
        return "\n".join([*lines, *self.root.lines()])

    def _verdict(self) -> str:
        if self.found is None and self.unmet:
            return "no hit: " + "; ".join(self.unmet)
        if self.found is None and self.root.matched and self.term.min_matches > 1:
            return f"no hit: the term asks for {self.term.min_matches} matches"
        if self.found is None:
            return "no hit"
        if self.found.visibility is Visibility.SUPPRESSED:
            return "suppressed hit: found only with the help of furniture, so it is stored and not alerted"
        count = len(self.found.matches)
        return f"hit, {counted(count, 'match', 'matches')}"


def explain(term: Term, concepts: Iterable[model.Concept], article: Article) -> Explanation:
    """Explain a term over an article; QueryError as in compiling."""
    query = compile_term(term, Concepts(concepts))
    text = ArticleText(article)
    step = _Walk(text).step(query.root, frozenset(term.zones) or SEARCHED_ZONES)
    return Explanation(term, find(term, query, text), step, tuple(unmet(term, article)))


def _marked(match: model.Match) -> str:
    shown = match.passage
    for start, end in reversed(match.marks):
        shown = f"{shown[:start]}*{shown[start:end]}*{shown[end:]}"
    return " ".join(shown.split())


class _Walk:
    def __init__(self, text: ArticleText) -> None:
        self.text = text

    def step(self, node: Node, zones: frozenset[Zone]) -> Step:
        """Explain a part of the query that is looked for in these zones."""
        found = matched(node, self.text, zones)
        inner = ZONES_OF_FIELD.get(node.name, zones) if isinstance(node, Field) else zones
        is_fact = isinstance(node, Field) and node.name in FACT_FIELDS
        parts = () if is_fact else tuple(self._part(part, inner) for part in _shown_parts(node))
        name = f"@{node.name} = {render(node.part)}" if isinstance(node, Concept) else render(node)
        why = self._why_not(node, zones) if found is None else self._why(node, found)
        return Step(name, found is not None, why, parts)

    def _part(self, node: Node, zones: frozenset[Zone]) -> Step:
        if not isinstance(node, Not):
            return self.step(node, zones)
        taken = matched(node.part, self.text, zones)
        why = "takes nothing away" if taken is None else f"takes it away: {self._why(node, taken)}"
        return Step(render(node), taken is None, why)

    def _why(self, node: Node, found: list[Mention]) -> str:
        if isinstance(node, And):
            return "all of it is there"
        if not found:
            return "so it is"
        times = "once" if len(found) == 1 else f"{len(found)} times"
        return f"{times}, {reason(found[0], self.text)}"

    def _why_not(self, node: Node, zones: frozenset[Zone]) -> str:
        if not isinstance(node, Field | And) and matched(node, self.text, zones, furniture=True) is not None:
            return "only in furniture"
        match node:
            case Field(name) if name in FACT_FIELDS:
                return f"the article's is {self._fact(name)}"
            case And(parts):
                failing = [step for part in parts if not (step := self._part(part, zones)).matched]
                return "; ".join(f"{step.query}: {step.why}" for step in failing)
            case Near():
                return self._near(node, zones)
            case NotNear(left, right, within):
                if mentions_of(left, self.text, zones):
                    return f"every mention has {render(right)} {_reach(within)}"
                return f"no {render(left)}"
            case Or():
                return "none of these"
            case Field(name, part):
                elsewhere = matched(part, self.text, SEARCHED_ZONES) if name != "any" else None
                return f"not in {name}" + (", but elsewhere in the article" if elsewhere else "")
            case Concept():
                return "no part of the concept"
            case Words() | Exact() | Name() | Stem():
                return self._leaf(node, zones)
            case _:
                return "not there"

    def _near(self, node: Near, zones: frozenset[Zone]) -> str:
        left, right = (mentions_of(side, self.text, zones) for side in (node.left, node.right))
        missing = [render(side) for side, found in ((node.left, left), (node.right, right)) if not found]
        if missing:
            return "no " + " and no ".join(missing)
        pairs = [
            (words_between(one, other), one, other)
            for one in left
            for other in right
            if set(one.words).isdisjoint(other.words) and self._one_stretch(one, other)
        ]
        operator = f"{'ONEAR' if node.ordered else 'NEAR'}/{node.within}"
        if not pairs:
            return f"{operator}: they never stand in one zone"
        between, one, other = min(pairs, key=lambda pair: pair[0])
        if isinstance(node.within, Within):
            return f"{operator}: never in one {node.within.name.lower()}; nearest are {counted(between, 'word')} apart"
        if node.ordered and between <= node.within:
            return f"{operator}: only in the other order, {counted(between, 'word')} apart"
        shown = f"“{self.text.surface(one.first)}” and “{self.text.surface(other.first)}”"
        return f"{operator}: nearest are {counted(between, 'word')} apart ({shown})"

    def _one_stretch(self, one: Mention, other: Mention) -> bool:
        """Whether a NEAR could reach from one to the other: in one block, or both in the body."""
        here, there = self.text.segment_at(one.first), self.text.segment_at(other.first)
        return here is there or (here.zone is Zone.BODY and there.zone is Zone.BODY)

    def _leaf(self, node: Words | Exact | Name | Stem, zones: frozenset[Zone]) -> str:
        everywhere = mentions_of(node, self.text, frozenset(Zone) - {Zone.FURNITURE})
        if everywhere and zones >= SEARCHED_ZONES:
            zone = self.text.segment_at(everywhere[0].first).zone
            return f"only in the {zone}; {'author' if zone is Zone.BYLINE else 'any'}: looks there"
        if isinstance(node, Exact) and mentions_of(Words(node.text, node.prefix), self.text, zones):
            first = mentions_of(Words(node.text, node.prefix), self.text, zones)[0]
            return f"only otherwise written: “{self.text.surface(first.first, first.last)}”"
        words = (node.text,) if isinstance(node, Stem) else node.words
        absent = [word for word in words if word not in self.text.words]
        if len(words) > 1 and not absent:
            return "its words are there, but not one after another"
        close = get_close_matches(absent[0], self.text.vocabulary, n=1, cutoff=0.8) if absent else []
        hint = f"; there is “{self.text.surface(self.text.places(close[0])[0])}”" if close else ""
        if len(words) > 1:
            return "there is no " + ", no ".join(f"“{word}”" for word in absent) + hint
        return "the word is not there" + hint

    def _fact(self, name: str) -> str:
        article = self.text.article
        facts = {"lang": article.language, "source": article.source, "site": article.url, "url": article.url}
        return f"“{facts[name]}”" if facts[name] else "not known"


def _shown_parts(node: Node) -> tuple[Node, ...]:
    """The parts worth a line of their own: of a concept that is a list, the members of the list."""
    if isinstance(node, Concept) and isinstance(node.part, Or | And):
        return node.part.parts
    return children(node)


def _reach(within: int | Within) -> str:
    return f"in its {within.name.lower()}" if isinstance(within, Within) else f"within {counted(within, 'word')}"
