"""The archive's index of lexemes: finds the articles that may match, on SQLite by FTS5, on Postgres by tsvector.

Lexemes are any strings. Both databases get them in one encoding that neither can misread: letters a to z, digits and
all characters beyond ASCII stand for themselves, every other character becomes `_` and two hexadecimal digits. No
code is the beginning of another, so prefixes stay prefixes. Text of a user never reaches a query language.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, select, text

from storage.values import Indexed
from wirewatch.candidates import AllOf, AnyOf, Candidates, Everything, Lexeme

LEXEME_LENGTH = 256
"""Code points kept of a lexeme, stored or asked for: Postgres takes 2,046 bytes, and a code point needs up to six."""

ARTICLE_BYTES = 1_000_000
"""An article with more bytes of lexemes is a candidate for every query: a tsvector holds less than 1,048,575."""

_EVERY_QUERY = "_any"
"""No lexeme is encoded so; an article that has it is a candidate for every query."""

_QUERY_DEPTH = 16
_QUERY_LEXEMES = 20_000
"""Beyond these the query languages give up; then every article is a candidate."""

_CODES = {code: f"_{code:02x}" for code in range(0x80) if not re.match("[a-z0-9]", chr(code))}
_CODES |= {code: f"_s{code:04x}" for code in range(0xD800, 0xE000)}
"""Of ASCII but small letters and digits, and of lone surrogates, which are no characters."""
_CODED = ["_", *(chr(code) for code in _CODES if code < 0x80 and chr(code) not in "_\n")]
"""What is not left as it is, first the character that is in the codes; line ends part lexemes here."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(lexeme: str) -> str:
    """The lexeme as both indexes hold it: no character of it means anything to them."""
    return lexeme[:LEXEME_LENGTH].translate(_CODES) or "_e"


def encode_all(lexemes: Collection[str]) -> str:
    """What the index holds for an article with these lexemes: their codes in a fixed order, joined by spaces."""
    joined = " ".join(_encoded(lexemes))
    return joined if len(joined.encode()) <= ARTICLE_BYTES else _EVERY_QUERY


def _encoded(lexemes: Collection[str]) -> list[str]:
    together = "\n".join(lexemes)
    one_each = "" not in lexemes and together.count("\n") < len(lexemes)
    if not one_each or _SURROGATE.search(together) or max(map(len, lexemes)) > LEXEME_LENGTH:
        return sorted({encode(lexeme) for lexeme in lexemes})
    for character in _CODED:  # all lexemes at once, for a tenth of the cost
        if character in together:
            together = together.replace(character, _CODES[ord(character)])
    return sorted(together.split("\n"))


@dataclass(frozen=True, slots=True)
class _Syntax:
    every: str
    some: str
    prefix: str
    quote: str


_FTS5 = _Syntax(every=" AND ", some=" OR ", prefix="*", quote='"')
_TSQUERY = _Syntax(every=" & ", some=" | ", prefix=":*", quote="'")


def _render(candidates: Candidates, syntax: _Syntax) -> str | None:
    """The query in the database's language; None where every article is a candidate."""
    if _size(candidates) > _QUERY_LEXEMES:
        return None
    rendered = _render_part(candidates, syntax, _QUERY_DEPTH)
    return rendered and syntax.some.join([rendered, syntax.quote + _EVERY_QUERY + syntax.quote])


def _size(candidates: Candidates) -> int:
    match candidates:
        case AllOf(parts) | AnyOf(parts):
            return sum(_size(part) for part in parts)
    return 1


def _render_part(candidates: Candidates, syntax: _Syntax, depth: int) -> str | None:
    match candidates:
        case Lexeme(text="", prefix=True) | Everything():
            return None
        case Lexeme(lexeme, prefix):
            return syntax.quote + encode(lexeme) + syntax.quote + (syntax.prefix if prefix else "")
        case AllOf(parts):
            rendered = [_render_part(part, syntax, depth - 1) for part in parts] if depth else []
            return _joined([part for part in rendered if part is not None], syntax.every)
        case AnyOf(parts):
            rendered = [_render_part(part, syntax, depth - 1) for part in parts] if depth else []
            known = [part for part in rendered if part is not None]
            return _joined(known, syntax.some) if len(known) == len(parts) else None


def _joined(parts: list[str], operator: str) -> str | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    return "(" + operator.join(dict.fromkeys(parts)) + ")"


def restrict(
    articles: Select[tuple[bytes]], candidates: Candidates, version: int, *, sqlite: bool
) -> Select[tuple[bytes]]:
    """The selection of article keys, narrowed to what may match.

    An article whose lexemes were made by an earlier version than that of the query is always a candidate.
    """
    from storage import tables

    query = _render(candidates, _FTS5 if sqlite else _TSQUERY)
    if query is None:
        return articles
    matching = _FTS5_KEYS if sqlite else _TSVECTOR_KEYS
    keys = matching.bindparams(search_query=query, query_version=version).columns(tables.article.c.key)
    return articles.where(tables.article.c.key.in_(select(keys.subquery().c.key)))


_FTS5_KEYS = text(
    "SELECT article_key AS key FROM search_article WHERE docid IN"
    " (SELECT rowid FROM search_lexeme WHERE search_lexeme MATCH :search_query)"
    " UNION SELECT article_key FROM search_article WHERE version < :query_version"
)
_TSVECTOR_KEYS = text(
    "SELECT article_key AS key FROM search_article WHERE lexemes @@ CAST(:search_query AS tsquery)"
    " UNION SELECT article_key FROM search_article WHERE version < :query_version"
)


def index_articles(
    connection: Connection, articles: Mapping[bytes, Indexed], *, sqlite: bool, new: Collection[bytes] = ()
) -> None:
    """Set what the index holds for these articles; of those that are `new` it holds nothing yet."""
    if not articles:
        return
    encoded = {key: encode_all(articles[key].lexemes) for key in sorted(articles)}
    versions = {key: articles[key].lexemes_version for key in articles}
    if sqlite:
        _forget_fts5(connection, [key for key in encoded if key not in new])
        _index_fts5(connection, encoded, versions)
    else:
        _index_tsvector(connection, encoded, versions)


def forget_articles(connection: Connection, keys: Sequence[bytes]) -> None:
    """Take articles out of the index."""
    if connection.dialect.name == "sqlite":
        _forget_fts5(connection, keys)
        return
    gone = text("DELETE FROM search_article WHERE article_key IN :keys")
    connection.execute(gone.bindparams(bindparam("keys", expanding=True)), {"keys": list(keys)})


def outdated_articles(connection: Connection, version: int, limit: int) -> list[bytes]:
    """Some articles whose lexemes were made by an earlier version than this."""
    wanted = text("SELECT article_key FROM search_article WHERE version < :version ORDER BY version LIMIT :limit")
    return list(connection.scalars(wanted, {"version": version, "limit": limit}))


def _index_tsvector(connection: Connection, encoded: Mapping[bytes, str], versions: Mapping[bytes, int]) -> None:
    connection.execute(
        text(
            "INSERT INTO search_article (article_key, lexemes, version)"
            " VALUES (:article_key, array_to_tsvector(string_to_array(:lexemes, ' ')), :version)"
            " ON CONFLICT (article_key) DO UPDATE SET lexemes = excluded.lexemes, version = excluded.version"
        ),
        [{"article_key": key, "lexemes": lexemes, "version": versions[key]} for key, lexemes in encoded.items()],
    )


def _index_fts5(connection: Connection, encoded: Mapping[bytes, str], versions: Mapping[bytes, int]) -> None:
    """New numbers are given in ascending order, which FTS5 writes fastest; the write lock makes them ours."""
    first: int = connection.execute(text("SELECT coalesce(max(docid), 0) + 1 FROM search_article")).scalar_one()
    connection.execute(
        text(
            "INSERT INTO search_article (docid, article_key, lexemes, version)"
            " VALUES (:docid, :article_key, :packed, :version)"
        ),
        [
            {
                "docid": docid,
                "article_key": key,
                "packed": zlib.compress(lexemes.encode(), 1),
                "version": versions[key],
            }
            for docid, (key, lexemes) in enumerate(encoded.items(), first)
        ],
    )
    connection.execute(
        text("INSERT INTO search_lexeme (rowid, lexemes) VALUES (:docid, :lexemes)"),
        [{"docid": docid, "lexemes": lexemes} for docid, lexemes in enumerate(encoded.values(), first)],
    )


def _forget_fts5(connection: Connection, keys: Sequence[bytes]) -> None:
    """FTS5 keeps no text of its own; to take an article out it must be told again what was put in."""
    if not keys:
        return
    known = text("SELECT docid, lexemes FROM search_article WHERE article_key IN :keys ORDER BY docid")
    rows = connection.execute(known.bindparams(bindparam("keys", expanding=True)), {"keys": list(keys)}).all()
    if not rows:
        return
    forget = text("INSERT INTO search_lexeme (search_lexeme, rowid, lexemes) VALUES ('delete', :docid, :joined)")
    connection.execute(forget, [{"docid": row.docid, "joined": zlib.decompress(row.lexemes).decode()} for row in rows])
    connection.execute(text("DELETE FROM search_article WHERE docid = :docid"), [{"docid": row.docid} for row in rows])
