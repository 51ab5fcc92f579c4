"""Duplicates and stories: how many copies of real articles are found as wires are used, and what judging costs.

Copies are made of real bodies: cut to 30 to 70 %, with a new lead, one word in ten edited. Beside them stand articles
that only quote a paragraph of another one; to be taken for copies would be wrong. All goes through the store as in a
poll.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import alerts
import storage
from alerts.novelty import containment_of
from alerts.traces import shingles_of
from benchmarks.figures import table
from benchmarks.news_world import NoNewsWorld
from benchmarks.story_articles import hit_in, make_article
from benchmarks.story_costs import HIT_RATE, cost
from wirewatch.model import Article, Hit, Match, Span
from wirewatch.stories import LinkKind

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
    sizes = (1_000, 10_000) if quick else (1_000, 100_000)
    costs = [_cost_row(size, *cost(bodies, size)) for size in sizes]
    return "\n\n".join(
        [
            table(("left of the original", "recall", "copies"), rows),
            f"precision {found.right / max(1, found.links):.3f} of {found.links} articles taken for copies; "
            f"{found.folded} of {made} copies were folded, the others told as developments",
            table(
                (
                    "judged articles in the archive",
                    "ms CPU a judged article: duplicates alone",
                    "duplicates and stories",
                    f"the same where {HIT_RATE:.0%} of the articles hit",
                    "an article of such a poll",
                ),
                costs,
            ),
        ]
    )


def _cost_row(size: int, alone: float, both: float, few: float) -> tuple[str, ...]:
    return f"{size:,}", f"{alone:.2f}", f"{both:.2f}", f"{few:.2f}", f"{few * HIT_RATE:.3f}"


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
    originals = _distinct([make_article(f"original {number}", *body) for number, body in enumerate(bodies)])
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
        yield Made(make_article(f"copy {turn} {number}", other.title, [lead, text]), article.key, (low, high))
        quoting = [word for block in other.blocks[1:] for word in block.text.split()]
        quoted = words[start : start + int(min(len(words), len(quoting)) * QUOTED)]
        texts = [*(block.text for block in other.blocks[1:]), " ".join(quoted)]
        chance.shuffle(texts)
        mixed = [word for text in texts for word in text.split()]
        for place in range(len(mixed)):  # an independent text: of the other article only the subject is left
            if place % 3 == 0:
                mixed[place] = chance.choice(vocabulary)
        yield Made(make_article(f"quote {turn} {number}", other.title, [" ".join(mixed), " ".join(quoted)]), b"", None)


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


def _hit_everywhere(article: Article) -> Hit:
    """A hit in every sentence."""
    matches = tuple(
        Match("term", block.zone, block.text, ((0, 1),), (Span(number, 0, 1),), "a word")
        for number, block in enumerate(article.blocks)
        if number
    )
    return replace(hit_in(article), matches=matches)


def _write(store: storage.Store, articles: Sequence[Article], *, everywhere: bool = False) -> tuple[Hit, ...]:
    indexed = [storage.Indexed(each, frozenset(["a"]), 1) for each in articles]
    traced = tuple(map(alerts.trace, articles))
    hits = [_hit_everywhere(each) if everywhere else hit_in(each) for each in articles]
    batch = storage.Batch(indexed, hits, traced=traced)
    return store.write(batch, storage.nothing, alerts.STORY_RULES).new_hits
