"""What `wirewatch check` says of terms and concepts before they go live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from watchlist.concepts import Concepts
from watchlist.engine import Watchlist
from watchlist.explaining import explain
from watchlist.lints import lint
from watchlist.terms import compile_term
from wirewatch import model
from wirewatch.errors import QueryError
from wirewatch.identity import KEY_BYTES
from wirewatch.model import Article, Block, Term, Visibility, Zone


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a term, or about a concept, whose `term` is then `@name`."""

    term: str
    severity: Literal["error", "warning"]
    message: str


def check(terms: Iterable[Term], concepts: Iterable[model.Concept]) -> list[Finding]:
    """Query errors, sentences that fail their `must_hit` or `must_not_hit`, and hints, in order of terms."""
    written = list(concepts)
    known = Concepts(written)
    findings = [Finding(f"@{known.names[key]}", "error", _bare(error)) for key, error in known.errors.items()]
    for concept in written:
        if concept.name.casefold() not in known.errors:
            findings += [Finding(f"@{concept.name}", "warning", hint) for hint in lint(concept.query, known)]
    for term in terms:
        findings += _check_term(term, written, known)
    return findings


def article_of_text(text: str) -> Article:
    """An article that is one paragraph of body text, for trying a term on a sentence."""
    return Article(
        key=bytes(KEY_BYTES),
        url="",
        title="",
        blocks=(Block(text, Zone.BODY),),
        source="",
        fetched_at=datetime.fromtimestamp(0, UTC),
        fingerprint=bytes(KEY_BYTES),
    )


def _check_term(term: Term, concepts: list[model.Concept], known: Concepts) -> list[Finding]:
    try:
        compile_term(term, known)
    except QueryError as error:
        return [Finding(term.name, "error", _bare(error, term))]
    findings: list[Finding] = []
    watchlist = Watchlist.compile([term], concepts)
    for sentence in term.must_hit:
        if not _hits(watchlist, sentence):
            why = explain(term, concepts, article_of_text(sentence)).short
            findings.append(Finding(term.name, "error", f"must hit “{sentence}” and does not: {why}"))
    for sentence in term.must_not_hit:
        if _hits(watchlist, sentence):
            reason = watchlist.match(article_of_text(sentence))[0].matches[0].reason
            findings.append(Finding(term.name, "error", f"must not hit “{sentence}” and does: {reason}"))
    return findings + [Finding(term.name, "warning", hint) for hint in lint(term.query, known)]


def _hits(watchlist: Watchlist, sentence: str) -> bool:
    return any(found.visibility is Visibility.LIVE for found in watchlist.match(article_of_text(sentence)))


def _bare(error: QueryError, term: Term | None = None) -> str:
    """The error's text without the name that the finding already carries."""
    own = term is None or error.where == f"term {term.name}"
    return str(error.of("")) if own else str(error)
