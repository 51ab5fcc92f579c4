"""What makes two things the same article: canonical addresses and fingerprints of folded text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import urlsplit, urlunsplit

from courlan import clean_url

from wirewatch.folding import fold_text, fold_texts
from wirewatch.model import Block, Zone

KEY_BYTES = 16
PLAIN_ADDRESS = re.compile(
    r"(https?)://([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?((?:/(?!\.\.)[A-Za-z0-9_.~!=:,%-]+)*)/?", re.ASCII
)
"""Of such an address nothing is cleaned away but its port, `www.` and a last slash. Nearly all addresses are plain."""
MOST_PORTS = 65_535
DEFAULT_PORTS = {"http": "80", "https": "443"}


def digest(*parts: str | bytes) -> bytes:
    """16 bytes that depend on every part and on where one ends and the next begins."""
    state = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state.digest()


def canonical_url(url: str) -> str:
    """One spelling of an article's address: https, no `www.`, no fragment, no tracking parameters, no trailing slash.

    Two addresses with equal results are taken to be the same article; the result is compared, never fetched.
    """
    if (plain := PLAIN_ADDRESS.fullmatch(url)) and "xn--" not in plain[2] and int(plain[3] or 0) <= MOST_PORTS:
        scheme, host, port, path = plain.groups()
        shown = "" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}"
        return f"https://{host.removeprefix('www.')}{shown}{path or '/'}"
    return cleaned_url(url)


def cleaned_url(url: str) -> str:
    """What `canonical_url` gives, for any address, at ten times the cost."""
    cleaned = clean_url(url) or url.strip()
    parts = urlsplit(cleaned)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return cleaned
    host = (parts.hostname or "").removeprefix("www.")
    default_port = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in (None, default_port) else f":{parts.port}"
    return urlunsplit(("https", host + port, parts.path.rstrip("/") or "/", parts.query, ""))


def url_key(url: str) -> bytes:
    """The key of the article at an address."""
    return digest("url", canonical_url(url))


def fingerprint(blocks: Iterable[Block]) -> bytes:
    """16 bytes from the folded text of all blocks but furniture; of all blocks where there is nothing else."""
    kept = list(blocks)
    article = [block for block in kept if block.zone is not Zone.FURNITURE]
    return digest("text", " ".join(fold_texts([block.text for block in article or kept])))


def containment(one: Iterable[Block], other: Iterable[Block]) -> float:
    """The share of the shorter text's five-word shingles that stand in the longer one: 0 unrelated, 1 contained."""
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / max(1, min(len(first), len(second)))


def _shingles(blocks: Iterable[Block], size: int = 5) -> set[tuple[str, ...]]:
    words = " ".join(fold_text(block.text) for block in blocks).split()
    return {tuple(words[start : start + size]) for start in range(max(1, len(words) - size + 1))}
