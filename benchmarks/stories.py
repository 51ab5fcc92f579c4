"""Duplicates and stories: how many copies of real articles are found as wires are used, and what judging costs.

Copies are made of real bodies: cut to 30 to 70 %, with a new lead, one word in ten edited. Beside them stand articles
that only quote a paragraph of another one; to be taken for copies would be wrong. All goes through the store as in a
poll. The archive beside them is made up: what it costs depends on the number of its traces, not on what they say.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import alerts
import storage
from alerts.novelty import containment_of
from alerts.traces import forget_texts, sample, shingles_of, site_of, texts_of
from benchmarks.figures import table
from benchmarks.news_world import NoNewsWorld
from wirewatch.identity import digest, fingerprint
from wirewatch.model import Article, Block, Hit, Match, Origin, Span, Visibility, Zone
from wirewatch.stories import LinkKind, Traced

NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
BANDS = ((30, 40), (40, 50), (50, 60), (60, 70))
SHORTEST = 120
"""Words of a body that is worth cutting."""

QUOTED = 0.2
"""The share of an article that one which only quotes another has of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """An article made of another one; `band` is None where it only quotes it."""

    article: Article
    original: bytes
    band: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of the made articles: by band, copies found and copies made; links that are right, and all."""

    recall: dict[tuple[int, int], tuple[int, int]]
    right: int
    links: int
    folded: int


def run(quick: bool) -> str:
    """Recall by band and precision, and the CPU of judging in archives of several sizes."""
    bodies = real_bodies()
    found = evaluate(bodies, rounds=1 if quick else 3)
    made = sum(number for _, number in found.recall.values())
    rows = [(f"{low} to {high} %", f"{hit / of:.3f}", str(of)) for (low, high), (hit, of) in found.recall.items()]
    sizes = (1_000, 10_000) if quick else (1_000, 10_000, 100_000)
    costs = [(f"{size:,}", *(f"{figure:.2f}" for figure in cost(bodies, size))) for size in sizes]
    return "\n\n".join(
        [
            table(("left of the original", "recall", "copies"), rows),
            f"precision {found.right / max(1, found.links):.3f} of {found.links} articles taken for copies; "
            f"{found.folded} of {made} copies were folded, the others told as developments",
            table(
                ("judged articles in the archive", "ms CPU an article: duplicates alone", "duplicates and stories"),
                costs,
            ),
        ]
    )


def real_bodies() -> list[tuple[str, list[str]]]:
    """Title and paragraphs of the real articles beside the project that are long enough."""
    place = os.environ.get("WIREWATCH_SHARED") or Path(__file__).resolve().parents[2] / "shared"
    index = Path(place) / "data" / "extraction" / "index.json"
    if not index.is_file():
        raise NoNewsWorld(f"there are no real articles at {index}; set WIREWATCH_SHARED")
    bodies = []
    for each in json.loads(index.read_text("utf-8")):
        paragraphs = [line.strip() for line in (each.get("body") or "").splitlines() if line.strip()]
        if sum(len(paragraph.split()) for paragraph in paragraphs) >= SHORTEST:
            bodies.append((each.get("title") or paragraphs[0][:80], paragraphs))
    return bodies


def evaluate(bodies: Sequence[tuple[str, list[str]]], rounds: int = 1, seed: int = 22) -> Found:
    """Store the originals, then what was made of them, and see what is taken for a copy of what."""
    chance = random.Random(seed)
    originals = _distinct([_article(f"original {number}", *body) for number, body in enumerate(bodies)])
    made = [each for turn in range(rounds) for each in _made(originals, turn, chance)]
    recall = dict.fromkeys(BANDS, (0, 0))
    right = links = folded = 0
    with tempfile.TemporaryDirectory() as folder, storage.open_store(f"sqlite:///{folder}/a.db") as store:
        _write(store, originals, everywhere=True)
        families = {each.key: each.key for each in originals} | {each.article.key: each.original for each in made}
        hits = {hit.article_key: hit for hit in _write(store, [each.article for each in made])}
        for each in made:
            place = store.place_in_story(each.article.key)
            link = place.link if place and place.link and place.link.kind is LinkKind.TEXT else None
            is_right = link is not None and each.band is not None and families[link.to] == each.original
            links, right = links + (link is not None), right + is_right
            folded += is_right and hits[each.article.key].is_folded
            if each.band:
                so_far, of = recall[each.band]
                recall[each.band] = (so_far + is_right, of + 1)
    return Found(recall, right, links, folded)


def _distinct(articles: Sequence[Article]) -> list[Article]:
    """Without those that are copies of another one as they are."""
    kept: list[tuple[Article, frozenset[int]]] = []
    for article in articles:
        shingles = shingles_of(article)
        if all(containment_of(shingles, others) < QUOTED for _, others in kept):
            kept.append((article, shingles))
    return [article for article, _ in kept]


def cost(bodies: Sequence[tuple[str, list[str]]], size: int, rounds: int = 5) -> tuple[float, float]:
    """Milliseconds of CPU an article, traced, judged and filed: of duplicates alone, and of all; medians.

    What is taken off is the same batch in the same rounds without being judged.
    """
    alone, both = [], []
    vocabulary = [word for _, paragraphs in bodies for paragraph in paragraphs for word in paragraph.split()]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stores = [stack.enter_context(storage.open_store(f"sqlite:///{folder}/{number}.db")) for number in range(3)]
        for store in stores[1:]:
            fill(store, size)
        for turn in range(rounds + 1):
            articles = [_article(f"{turn} {number}", *_unrelated(vocabulary, turn, number)) for number in range(200)]
            hits = [hit_in(article) for article in articles]
            batch = storage.Batch([storage.Indexed(each, frozenset(["a"]), 1) for each in articles], hits)
            figures = [
                _milliseconds(store, batch, articles, way)
                for store, way in zip(stores, (None, _only_shingles, alerts.trace), strict=True)
            ]
            if turn:  # the first one fills the memories
                alone.append(figures[1] - figures[0])
                both.append(figures[2] - figures[0])
    return median(alone), median(both)


def _milliseconds(
    store: storage.Store, batch: storage.Batch, articles: Sequence[Article], way: Callable[[Article], Traced] | None
) -> float:
    forget_texts()  # each article is new to a poll
    began = time.process_time()
    if way is None:
        store.write(batch, storage.nothing)
    else:
        store.write(replace(batch, traced=tuple(map(way, articles))), storage.nothing, alerts.STORY_RULES)
    return (time.process_time() - began) / len(articles) * 1000


def _only_shingles(article: Article) -> Traced:
    return Traced(article, site_of(article), sample(*texts_of(article)), frozenset(), frozenset())


def fill(store: storage.Store, size: int) -> None:
    """Put so many judged articles into an empty SQLite store, with as many traces as real ones leave."""
    chance = random.Random(size)
    words = [f"w{number:05x}" for number in range(50_000)]
    blank = storage.Indexed(_article("blank", "Blank", ["Nothing."]), frozenset(), 1)
    store.write(storage.Batch([blank]), storage.nothing)
    counts: Counter[str] = Counter({"": size})
    with closing(sqlite3.connect(store.place)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for start in range(0, size, 1000):
            keys = [digest("filler", str(number)) for number in range(start, min(size, start + 1000))]
            shingles = {key: [chance.getrandbits(63) for _ in range(48)] for key in keys}
            # Squared, so that some words stand in many openings and most in few, as in any language.
            filed = {key: list({words[int(50_000 * chance.random() ** 2)] for _ in range(60)}) for key in keys}
            counts.update(word for key in keys for word in filed[key])
            connection.executemany(_COPY_OF_BLANK, [(key, digest("blank")) for key in keys])
            connection.executemany(_PLACE, [_filler(key, shingles[key], filed[key]) for key in keys])
            traces = [(one, key, "filler") for key in keys for one in shingles[key]]
            connection.executemany("INSERT INTO story_shingle (hash, article_key, site) VALUES (?, ?, ?)", traces)
            named = [(word, key) for key in keys for word in filed[key]]
            connection.executemany("INSERT INTO story_word (word, article_key) VALUES (?, ?)", named)
        connection.executemany("INSERT INTO story_word_count (word, articles) VALUES (?, ?)", counts.items())
        connection.commit()


_COLUMNS = "url, title, source, fetched_at, fingerprint, published_from, body_from, dated_at, revision, blocks"
_COPY_OF_BLANK = f"INSERT INTO article (key, {_COLUMNS}) SELECT ?, {_COLUMNS} FROM article WHERE key = ?"
_PLACE = (
    "INSERT INTO story_article (article_key, story, dated_at, by_hand, words, names, filed, shingles, traced_at)"
    " VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)"
)


def _filler(key: bytes, shingles: Sequence[int], filed: Sequence[str]) -> tuple[object, ...]:
    moment = NOW.replace(tzinfo=None).isoformat(" ") + ".000000"
    words, names = json.dumps(filed), json.dumps(filed[:9])
    return key, key, moment, words, names, words, struct.pack(f"<{len(shingles)}q", *shingles), moment


def _made(originals: Sequence[Article], turn: int, chance: random.Random) -> Iterable[Made]:
    vocabulary = [word for article in originals for word in article.blocks[1].text.split()]
    for number, article in enumerate(originals):
        other = originals[(number * 7 + 3 + turn) % len(originals)]
        words = [word for block in article.blocks[1:] for word in block.text.split()]
        low, high = BANDS[(number + turn) % len(BANDS)]
        kept = int(len(words) * chance.uniform(low, high) / 100)
        start = chance.randrange(len(words) - kept)
        lead = " ".join(chance.sample(vocabulary, 30)) + "."
        text = _edited(words[start : start + kept], vocabulary, chance)
        yield Made(_article(f"copy {turn} {number}", other.title, [lead, text]), article.key, (low, high))
        quoting = [word for block in other.blocks[1:] for word in block.text.split()]
        quoted = words[start : start + int(min(len(words), len(quoting)) * QUOTED)]
        texts = [*(block.text for block in other.blocks[1:]), " ".join(quoted)]
        chance.shuffle(texts)
        mixed = [word for text in texts for word in text.split()]
        for place in range(len(mixed)):  # an independent text: of the other article only the subject is left
            if place % 3 == 0:
                mixed[place] = chance.choice(vocabulary)
        yield Made(_article(f"quote {turn} {number}", other.title, [" ".join(mixed), " ".join(quoted)]), b"", None)


def _edited(words: Sequence[str], vocabulary: Sequence[str], chance: random.Random) -> str:
    """One word in ten replaced, left out or followed by another one."""
    edited: list[str] = []
    for word in words:
        if chance.random() >= 0.1:
            edited.append(word)
            continue
        match chance.randrange(3):
            case 0:
                edited.append(chance.choice(vocabulary))
            case 1:
                edited += [word, chance.choice(vocabulary)]
    return " ".join(edited)


def _unrelated(vocabulary: Sequence[str], turn: int, number: int) -> tuple[str, list[str]]:
    """An article of 600 words that shares no sentence with any other."""
    chance = random.Random(f"{turn} {number}")
    paragraphs = [" ".join(chance.choices(vocabulary, k=50)) for _ in range(12)]
    return f"{' '.join(chance.choices(vocabulary, k=8))} {turn} {number}", paragraphs


def _article(name: str, title: str, paragraphs: Sequence[str]) -> Article:
    blocks = (Block(title, Zone.HEADLINE), *(Block(text, Zone.BODY) for text in paragraphs))
    site = digest(name).hex()[:2]
    url = f"https://{site}.example/{digest(name).hex()}"
    return Article(digest(name), url, title, blocks, "wire", NOW, fingerprint(blocks))


def _hit_everywhere(article: Article) -> Hit:
    """A hit in every sentence."""
    matches = tuple(
        Match("term", block.zone, block.text, ((0, 1),), (Span(number, 0, 1),), "a word")
        for number, block in enumerate(article.blocks)
        if number
    )
    return replace(hit_in(article), matches=matches)


def hit_in(article: Article) -> Hit:
    """A hit whose sentence is the middle of the article's longest paragraph."""
    number = max(range(1, len(article.blocks)), key=lambda place: len(article.blocks[place].text))
    words = article.blocks[number].text.split()
    begin = max(0, len(words) // 2 - 12)
    passage = " ".join(words[begin : begin + 24])
    match = Match("term", Zone.BODY, passage, ((0, 1),), (Span(number, 0, 1),), "a word")
    return Hit(article.key, "term", 1, (match,), Visibility.LIVE, Origin.POLL, NOW)


def _write(store: storage.Store, articles: Sequence[Article], *, everywhere: bool = False) -> tuple[Hit, ...]:
    indexed = [storage.Indexed(each, frozenset(["a"]), 1) for each in articles]
    traced = tuple(map(alerts.trace, articles))
    hits = [_hit_everywhere(each) if everywhere else hit_in(each) for each in articles]
    batch = storage.Batch(indexed, hits, traced=traced)
    return store.write(batch, storage.nothing, alerts.STORY_RULES).new_hits
