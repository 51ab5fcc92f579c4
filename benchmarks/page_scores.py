"""How well pages were extracted, as an article scorer counts it, and how many names beside the article were kept."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

NAME_PAIR = re.compile(r"(?=\b([^\W\d_]\w+)[ \t]+([^\W\d_]\w+))")

Answer = tuple[dict[str, Any], dict[str, Any]]
"""What is known of a page, and what was extracted."""


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words; one run where there are fewer."""
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))) if words else Counter()


def body_f1(answers: Sequence[Answer]) -> float:
    """The harmonic mean of precision and recall of four-word shingles, each averaged over pages."""
    precision, recall = [], []
    for page, answer in answers:
        want, got = shingles(page["body"]), shingles(answer["text"])
        both = (want & got).total()
        if got:
            precision.append(both / got.total())
        recall.append(both / max(1, want.total()))
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    return 2 * p * r / (p + r)


def marker_f1(answers: Sequence[Answer]) -> float:
    """Of sentences that must be found, and sentences that must not."""
    found = wanted = wrong = 0
    for page, answer in answers:
        text = " ".join(answer["text"].split())
        found += sum(" ".join(marker.split()) in text for marker in page["with"])
        wanted += len(page["with"])
        wrong += sum(" ".join(marker.split()) in text for marker in page["without"])
    return 2 * found / (2 * found + wrong + (wanted - found))


def name_pairs(text: str) -> set[tuple[str, str]]:
    """Distinct pairs of neighbouring words of a line that both begin with a capital, the first not all capitals."""
    pairs = set()
    for line in text.split("\n"):
        for first, second in NAME_PAIR.findall(line):
            if first[0].isupper() and second[0].isupper() and not first[1:].isupper():
                pairs.add((first.lower(), second.lower()))
    return pairs


def names_outside(answers: Sequence[Answer]) -> tuple[float, float]:
    """The share of the kept name-like pairs that lie outside the reference body, and the share of the body's kept."""
    outside = kept = wanted = 0
    for page, answer in answers:
        want, got = name_pairs(page["body"]), name_pairs(answer["text"])
        outside += len(got - want)
        kept += len(got)
        wanted += len(want)
    return outside / max(1, kept), (kept - outside) / max(1, wanted)


def plain(text: str) -> str:
    """As titles and names are compared: lower case, words only."""
    return re.sub(r"\W+", " ", text).strip().lower()


def exact_share(answers: Sequence[Answer], field: str) -> float:
    """How often title, date or authors are exactly the reference's: words only; the day; the same set of names."""
    right = count = 0
    for page, answer in answers:
        want, got = page.get(field), answer.get(field)
        if not want or (field == "date" and len(str(want)) < 10):
            continue
        count += 1
        if field == "authors":
            names = want if isinstance(want, list) else want.split(";")
            right += set(map(plain, names)) == set(map(plain, got or []))
        elif field == "date":
            right += str(got or "")[:10] == str(want)[:10]
        else:
            right += plain(want) == plain(got or "")
    return right / max(1, count)


def show_scores(answers: Sequence[Answer]) -> None:
    """Print all scores, set by set."""
    sets: dict[str, list[Answer]] = defaultdict(list)
    for page, answer in answers:
        sets[page["set"]].append((page, answer))
    for name, chosen in sets.items():
        if "body" in chosen[0][0]:
            outside, recall = names_outside(chosen)
            score = f"F1 {body_f1(chosen):.4f}  names outside {outside:.4f}, recall {recall:.4f}"
        else:
            score = f"marker F1 {marker_f1(chosen):.4f}"
        fields = [field for field in ("title", "date", "authors") if any(page.get(field) for page, _ in chosen)]
        exact = "  ".join(f"{field} {exact_share(chosen, field):.3f}" for field in fields)
        print(f"{name:7} pages {len(chosen):4}  {score}  {exact}")
    bodies = [answer for answer in answers if "body" in answer[0]]
    outside, recall = names_outside(bodies)
    print(f"name-like pairs kept outside the reference body: {outside:.4f}; recall of its pairs: {recall:.4f}")
