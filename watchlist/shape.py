"""What may stand inside what: the rules of the language that the grammar alone does not say."""

from __future__ import annotations

from watchlist.names import FEWEST_CONSONANTS, consonants
from watchlist.query import (
    FACT_FIELDS,
    And,
    Concept,
    ConceptRef,
    Exact,
    Field,
    Name,
    Near,
    Node,
    Not,
    NotNear,
    Or,
    Query,
    Stem,
    Words,
    children,
)
from wirewatch.errors import QueryError


def check_shape(query: Query) -> None:
    """QueryError for a query that is grammatical and yet cannot mean anything.

    Where the fault lies inside a concept, the error shows the place that uses it.
    """
    _Check(query).node(query.root, None, None)


class _Check:
    def __init__(self, query: Query) -> None:
        self.query = query

    def error(self, message: str, node: Node, concept: Concept | None) -> QueryError:
        if concept is not None:
            return QueryError(f"@{concept.name}: {message}", self.query.text, concept.column, len(concept.name) + 1)
        return QueryError(message, self.query.text, node.column)

    def node(self, node: Node, concept: Concept | None, field: str | None) -> None:
        """Check a node that lies in this concept (the outermost one) and this field."""
        match node:
            case Words():
                return
            case And(parts):
                if all(isinstance(part, Not) for part in parts):
                    message = "only NOT: nothing must be present here; expected a term beside it"
                    raise self.error(message, node, concept)
            case Near(left, right) | NotNear(left, right):
                self.operand(left, node, concept)
                self.operand(right, node, concept)
            case Field(name, part):
                if field is not None:
                    raise self.error(f"{name}: inside {field}: can never match; use one of them", node, concept)
                field = name
                if name in FACT_FIELDS:
                    self.fact(part, name, concept)
            case Name():
                self.name(node, concept)
            case Concept() if concept is None:
                concept = node
            case _:
                pass
        for part in children(node):
            self.node(part, concept, field)

    def operand(self, node: Node, near: Near | NotNear, concept: Concept | None) -> None:
        """What can be near something: whatever stands at a place in the text."""
        match node:
            case Words():
                return
            case And():
                message = (
                    "NEAR cannot join an AND group: write OR between its words, quote them as a phrase, "
                    "or use NEAR inside the group too"
                )
                raise self.error(message, near, concept)
            case Field(name) if name in FACT_FIELDS:
                raise self.error(f"{name}: has no place in the text for NEAR to measure from", node, concept)
            case Or(parts):
                for part in parts:
                    self.operand(part, near, concept)
            case Field(_, part):
                self.operand(part, near, concept)
            case Concept(_, part):
                self.operand(part, near, concept or node)
            case _:
                pass

    def fact(self, node: Node, field: str, concept: Concept | None) -> None:
        """What a field about the whole article can be asked for: words, phrases, prefixes and AND, OR, NOT of them."""
        if isinstance(node, Exact | Name | Stem | Near | NotNear | Concept | ConceptRef):
            raise self.error(f"{field}: takes words and phrases only, with AND, OR and NOT", node, concept)
        for part in () if isinstance(node, Words | Field) else children(node):
            self.fact(part, field, concept)

    def name(self, node: Name, concept: Concept | None) -> None:
        if len(node.words) == 1 and len(consonants(node.words[0])) < FEWEST_CONSONANTS:
            message = (
                f'"~{node.text}" has fewer than {FEWEST_CONSONANTS} consonants, so too many other words look like it; '
                f'write the spellings with OR, or the name with its article or in full: ~al-…, ~"…"'
            )
            raise self.error(message, node, concept)
