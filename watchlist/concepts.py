"""Concepts: named parts of queries, put in place of their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from watchlist.parser import parse
from watchlist.query import And, Concept, ConceptRef, Field, Near, Node, Not, NotNear, Or, Query
from watchlist.shape import check_shape
from wirewatch import model
from wirewatch.errors import QueryError


class Concepts:
    """The concepts of a watchlist, each parsed and resolved once; one that is wrong spoils only what uses it."""

    def __init__(self, concepts: Iterable[model.Concept]) -> None:
        self.names: dict[str, str] = {}
        self.errors: dict[str, QueryError] = {}
        self._queries: dict[str, Query] = {}
        self._resolved: dict[str, Node] = {}
        for concept in concepts:
            key = concept.name.casefold()
            self.names[key] = concept.name
            try:
                self._queries[key] = parse(concept.query)
            except QueryError as error:
                self.errors[key] = error.of(f"concept {concept.name}")
        for key in self._queries:
            try:
                self._concept(key, ())
            except QueryError as error:
                self.errors[key] = error

    def resolve(self, query: Query) -> Query:
        """The query with its concepts in place; QueryError for unknown ones and for shapes they do not fit."""
        if "@" not in query.text:
            return query
        root = self._node(query.root, query, ())
        if root is query.root:
            return query
        resolved = Query(root, query.text)
        check_shape(resolved)
        return resolved

    def _concept(self, key: str, users: tuple[str, ...]) -> Node:
        if key in self._resolved:
            return self._resolved[key]
        if key in self.errors:
            raise self.errors[key]
        query = self._queries[key]
        try:
            root = self._node(query.root, query, (*users, key))
            check_shape(Query(root, query.text))
        except QueryError as error:
            raise error if error.where else error.of(f"concept {self.names[key]}") from None
        self._resolved[key] = root
        return root

    def _node(self, node: Node, query: Query, users: tuple[str, ...]) -> Node:
        match node:
            case ConceptRef():
                return self._reference(node, query, users)
            case And(parts) | Or(parts):
                resolved = tuple(self._node(part, query, users) for part in parts)
                changed = any(new is not old for new, old in zip(resolved, parts, strict=True))
                return replace(node, parts=resolved) if changed else node
            case Near(left, right) | NotNear(left, right):
                new_left, new_right = self._node(left, query, users), self._node(right, query, users)
                same = new_left is left and new_right is right
                return node if same else replace(node, left=new_left, right=new_right)
            case Not(part) | Field(_, part):
                new = self._node(part, query, users)
                return node if new is part else replace(node, part=new)
            case _:
                return node

    def _reference(self, node: ConceptRef, query: Query, users: tuple[str, ...]) -> Node:
        key, length = node.name.casefold(), len(node.name) + 1
        if key in users:
            circle = " → ".join(f"@{self.names[user]}" for user in (*users[users.index(key) :], key))
            raise QueryError(f"these concepts use each other in a circle: {circle}", query.text, node.column, length)
        if key not in self.names:
            raise QueryError(_unknown(node.name, self.names), query.text, node.column, length)
        return Concept(self.names[key], self._concept(key, users), node.column)


def _unknown(name: str, known: Mapping[str, str]) -> str:
    close = get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    if close:
        return f"unknown concept @{name} (did you mean @{known[close[0]]}?)"
    listed = ", ".join(f"@{concept}" for concept in sorted(known.values())[:8])
    return f"unknown concept @{name}; " + (f"there are {listed}" if listed else "there are none: write it in concepts:")
