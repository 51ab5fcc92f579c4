"""What a `~name` stands for: its words, what is passed over in them, and how they sound."""

from __future__ import annotations

from dataclasses import dataclass

from watchlist.names import PARTICLES, consonants, core, needs_article
from watchlist.parser import parse
from watchlist.query import Name
from watchlist.romanising import sounds
from wirewatch.errors import QueryError


@dataclass(frozen=True, slots=True)
class FamilyWord:
    """One word of a name; `particle`: spellings add it and leave it out."""

    word: str
    particle: bool
    sounds: tuple[str, ...]
    consonants: str


@dataclass(frozen=True, slots=True)
class Family:
    """A name as `~` reads it. `article_needed`: only its article tells it from other words, as in al-Qaeda."""

    query: str
    words: tuple[FamilyWord, ...]
    article_needed: bool


def family(name: str) -> Family:
    """How a name is read, with or without its `~`; QueryError where it is none."""
    bare = name.strip().removeprefix("~").strip().strip('"“”').strip()
    query = f'~"{bare}"' if " " in bare else f"~{bare}"
    node = parse(query).root
    if not isinstance(node, Name):
        raise QueryError("this is not one name", query, 0, len(query))
    named = core(node.words)
    words = tuple(
        FamilyWord(word, word in PARTICLES and word not in named, tuple(sorted(sounds(word))), consonants(word))
        for word in node.words
    )
    return Family(query, words, needs_article(node.words))
