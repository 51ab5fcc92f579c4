"""Sources as lines of the configuration."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from wirewatch.config import load_file
from wirewatch.model import AfterReading, FirstPoll, Pages, Source, SourceKind
from wirewatch.source_lines import duration_text, source_line, with_sources

SOURCES = [
    Source("One", SourceKind.FEED, "https://one.example/rss?a=1&b=2"),
    Source("yes", SourceKind.SITEMAP, "https://two.example/#x", every=timedelta(minutes=90), language="fr"),
    Source('12:30 "ünï" – {x}', SourceKind.PAGE, "https://three.example/", select="ul > li a[href*=':']"),
    Source("4", SourceKind.FEED, "https://four.example/", pages=Pages.NEVER, first_poll=FirstPoll.QUIET),
    Source("inbox", SourceKind.FOLDER, "/srv/inbox", after=AfterReading.ARCHIVE),
    Source("tips", SourceKind.OTHER, "tides", connector="tides", options={"harbour": "Brest", "deep": [1, "x"]}),
]


def test_lines_say_what_the_sources_are(tmp_path: Path) -> None:
    file = tmp_path / "wirewatch.yaml"
    file.write_text("sources:\n" + "".join(f"  {source_line(source)}\n" for source in SOURCES), "utf-8")
    loaded = load_file(file)
    assert not loaded.problems
    assert loaded.configuration.sources == tuple(SOURCES)


@pytest.mark.parametrize("text", ["45s", "15m", "90m", "1h", "2d", "36h", "1.5s"])
def test_durations(text: str) -> None:
    amount, unit = float(text[:-1]), {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[text[-1]]
    assert duration_text(timedelta(**{unit: amount})) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "sources:\n  - {name: N}\n"),
        ("terms: [a]", "terms: [a]\n\nsources:\n  - {name: N}\n"),
        ("sources:\n- name: A\n  feed: x\n\n# terms\nterms: [a]\n", None),
        ("sources:\n    - {name: A}  # of old\n    # the end\nterms: [a]\n", None),
        ('sources:\n  - name: "A"\n    fields:\n      a: b\n', None),
        ("sources:\n  - {name: A,\n     feed: x}\n", None),
    ],
)
def test_lines_are_put_at_the_end_of_the_sources(before: str, after: str | None) -> None:
    changed = with_sources(before, ["- {name: N}"])
    if after is not None:
        assert changed == after
    else:
        line = next(line for line in changed.splitlines() if "name: N" in line)
        assert changed.replace(line + "\n", "") == before
        values = yaml.safe_load(changed)
        assert [source["name"] for source in values["sources"]] == ["A", "N"]


@pytest.mark.parametrize("text", ["sources: [{name: A}]\n", "sources: {a: b}\n", "sources: []\n", "sources:\n"])
def test_sources_that_are_written_otherwise_are_left_to_people(text: str) -> None:
    with pytest.raises(ValueError, match="put the lines in by hand"):
        with_sources(text, ["- {name: N}"])
