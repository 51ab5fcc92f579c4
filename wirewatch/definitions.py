"""What decides which articles a term matches: another definition is another version of the term."""

from __future__ import annotations

import re

from wirewatch.config import Configuration
from wirewatch.model import Term

_CONCEPT_REFERENCE = re.compile(r"@([\w-]+)")


def definitions(configuration: Configuration) -> dict[str, str]:
    """For each term, all that decides what it matches: its query and the concepts it reaches.

    Two equal texts mean that a term has not changed.
    """
    concepts = {concept.name.casefold(): concept for concept in configuration.concepts}

    def reached(query: str, seen: dict[str, str]) -> dict[str, str]:
        for name in _CONCEPT_REFERENCE.findall(query):
            concept = concepts.get(name.casefold())
            if concept and concept.name not in seen:
                seen[concept.name] = concept.query
                reached(concept.query, seen)
        return seen

    def definition(term: Term) -> str:
        queries = " ".join((term.query, *term.aliases))
        lines = [term.query, *(f"@{name}: {query}" for name, query in reached(queries, {}).items())]
        return "\n".join(lines + [f"{name}: {value}" for name, value in _conditions(term) if value])

    return {term.name: definition(term) for term in configuration.terms}


def _conditions(term: Term) -> list[tuple[str, str]]:
    """What beside the query decides whether the term matches, where it is not the default."""
    return [
        ("aliases", ", ".join(term.aliases)),
        ("exclude", ", ".join(term.exclude)),
        ("min_matches", str(term.min_matches) if term.min_matches > 1 else ""),
        ("zones", ", ".join(term.zones)),
        ("languages", ", ".join(term.languages)),
        ("sources", ", ".join(term.sources)),
    ]
