"""The `--json` forms that scripts rely on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from storage import open_store
from wirewatch.model import Failure

HIT = {
    "term", "term_version", "visibility", "origin", "article", "source", "title", "url", "published_at",
    "published_from", "found_at", "matches", "story", "novelty", "original", "also_in",
}  # fmt: skip
MATCH = {"zone", "passage", "spans", "reason"}
DELIVERY = {
    "delivery", "channel", "kind", "state", "hits", "attempts", "created_at", "next_at", "sent_at",
    "possible_repeat", "subject", "text", "response", "last_error",
}  # fmt: skip
SOURCE = {
    "name", "kind", "location", "every_seconds", "active", "paused", "next_due", "last_polled_at",
    "last_success_at", "failures", "last_error", "articles",
    "state", "since", "says", "usual_a_day", "paused_until", "moved_to",
}  # fmt: skip


def marked(match: dict[str, Any]) -> list[str]:
    assert set(match) == MATCH
    return [match["passage"][begin:end] for begin, end in match["spans"]]


def test_hits(polled: Any, run: Any, is_moment: Any) -> None:
    found = run("hits", "--json").json

    assert all(set(hit) == HIT for hit in found)
    by_term = {hit["term"]: hit for hit in found}
    assert set(by_term) == {"Convoys", "Hmeimim", "tariff*"}
    hmeimim = by_term["Hmeimim"]
    assert [marked(match) for match in hmeimim["matches"]] == [["Hmeimim"]]
    assert hmeimim["matches"][0]["zone"] == "body"
    assert hmeimim["matches"][0]["reason"]
    assert marked(by_term["Convoys"]["matches"][0]) == ["Convoy", "base"]
    assert (hmeimim["visibility"], hmeimim["origin"], hmeimim["term_version"]) == ("live", "poll", 1)
    assert by_term["tariff*"]["visibility"] == "suppressed"
    assert (hmeimim["title"], hmeimim["source"]) == ("Convoy reaches the base", "inbox")
    assert (hmeimim["published_at"], hmeimim["published_from"]) == (None, "none")
    assert hmeimim["url"].startswith("file:///")
    assert is_moment(hmeimim["found_at"])
    explained = run("explain", hmeimim["article"], "Hmeimim")
    assert (explained.code, "Hmeimim" in explained.out) == (0, True)


def test_hits_are_chosen_by_options(polled: Any, run: Any) -> None:
    def terms(*options: str) -> set[str]:
        return {hit["term"] for hit in run("hits", "--json", *options).json}

    assert terms("--live") == {"Convoys", "Hmeimim"}
    assert terms("--suppressed") == {"tariff*"}
    assert terms("-t", "Convoys", "--term", "tariff*") == {"Convoys", "tariff*"}
    assert run("hits", "--json", "--source", "elsewhere").code == 1
    assert terms("--until", "2020-01-01") == set()
    assert terms("--since", "2020-01-01") == {"Convoys", "Hmeimim", "tariff*"}
    assert len(terms("--limit", "1")) == 1


def test_search(polled: Any, run: Any) -> None:
    [hit] = run("search", "lorries NEAR/9 port", "--json").json
    assert set(hit) == HIT
    assert marked(hit["matches"][0]) == ["lorries", "port"]
    assert run("search", "nothing", "--json").json == []
    assert run("search", "@base", "--json").json
    assert len(run("hits", "--json").json) == 3


def test_match_gives_the_matches_of_each_file(folder: Any, run: Any) -> None:
    (folder / "b.txt").write_text("Nothing at all\n\nThere is nothing of note in this one, which is about the rain.\n")
    ended = run("match", "Hmeimim", "inbox/a.txt", "b.txt", "--json")
    first, second = ended.json
    assert ended.code == 0
    assert (first["file"], first["visibility"]) == ("inbox/a.txt", "live")
    assert [marked(match) for match in first["matches"]] == [["Hmeimim"]]
    assert second == {"file": "b.txt", "visibility": None, "matches": []}


def test_match_takes_concepts_from_the_file_before_it_is_applied(folder: Any, run: Any) -> None:
    [found] = run("match", "convoy NEAR/9 @base", "inbox/a.txt", "--json").json
    assert marked(found["matches"][0]) == ["Convoy", "base"]


def test_extract(folder: Any, run: Any) -> None:
    article = run("extract", "inbox/a.txt", "--json").json
    assert {"title", "byline", "published_at", "published_from", "language", "blocks"} <= set(article)
    assert article["title"] == "Convoy reaches the base"
    assert (article["published_at"], article["published_from"]) == (None, "none")
    assert all(set(block) == {"zone", "text"} for block in article["blocks"])
    assert [block["zone"] for block in article["blocks"]] == ["headline", "body", "body", "furniture"]


def test_deliveries(polled: Any, run: Any, is_moment: Any) -> None:
    [delivery] = run("deliveries", "--json").json
    assert set(delivery) == DELIVERY
    assert (delivery["channel"], delivery["kind"], delivery["state"]) == ("screen", "alert", "sent")
    assert {hit["term"] for hit in delivery["hits"]} == {"Convoys", "Hmeimim"}
    assert (delivery["attempts"], delivery["possible_repeat"], delivery["response"]) == (1, False, "printed")
    assert is_moment(delivery["sent_at"])
    assert run("deliveries", "--state", "dead", "--json").json == []
    assert run("deliveries", "--channel", "desk", "--json").json == []


def test_every_attempt_at_a_delivery(polled: Any, run: Any, is_moment: Any) -> None:
    [listed] = run("deliveries", "--json").json
    shown = run("deliveries", "show", listed["delivery"][:8], "--json").json
    assert {name: value for name, value in shown.items() if name != "every_attempt"} == listed
    [attempt] = shown["every_attempt"]
    assert (attempt["attempt"], attempt["outcome"], attempt["said"]) == (1, "sent", "printed")
    assert is_moment(attempt["began_at"])
    assert is_moment(attempt["ended_at"])
    said = run("deliveries", "show", listed["delivery"]).out
    assert "alert to screen, sent" in said
    assert "printed" in said


def test_runs(polled: Any, run: Any) -> None:
    assert run("runs", "--json").json == []
    with open_store(f"sqlite:///{polled / '.wirewatch' / 'wirewatch.db'}") as store:
        failed = (Failure("source wire", "no answer"),)
        for number in range(3):
            began = datetime(2026, 11, 22, number, tzinfo=UTC)
            store.add_run(
                ("poll", "deliver")[number % 2], began, began + timedelta(seconds=2), {"hits": number}, failed
            )
    latest, _first = run("runs", "--kind", "poll", "--json").json
    assert latest == {
        "kind": "poll",
        "started_at": "2026-11-22T02:00:00Z",
        "finished_at": "2026-11-22T02:00:02Z",
        "counts": {"hits": 2},
        "failures": [{"where": "source wire", "what": "no answer"}],
    }
    said = run("runs", "--limit", "1").out
    assert "2 hits" in said
    assert "no answer" in said
    assert "deliver" not in said


def test_sources(polled: Any, run: Any, is_moment: Any) -> None:
    [source] = run("sources", "--json").json
    assert set(source) == SOURCE
    assert (source["name"], source["kind"], source["location"]) == ("inbox", "folder", str(polled / "inbox"))
    assert (source["every_seconds"], source["active"], source["failures"], source["articles"]) == (900, True, 0, 1)
    assert is_moment(source["last_success_at"])
    assert (source["state"], source["since"], source["says"], source["moved_to"]) == ("ok", None, "ok", None)


def test_check(folder: Any, run: Any) -> None:
    assert run("check", "--json").json == []
    (folder / "wirewatch.yaml").write_text("terms:\n  - {name: T, query: one AND}\n")
    ended = run("check", "--json")
    [problem] = ended.json
    assert ended.code == 1
    assert set(problem) == {"severity", "file", "line", "column", "message"}
    assert (problem["severity"], problem["file"], problem["line"]) == ("error", "wirewatch.yaml", 2)


def test_backfill(polled: Any, run: Any) -> None:
    with (polled / "wirewatch.yaml").open("a") as file:
        file.write("  - drivers\n")
    run("apply")
    dry = run("backfill", "--term", "drivers", "--dry-run", "--json").json
    assert (dry["counts"]["hits"], dry["failures"]) == (1, [])
    ended = run("backfill", "--term", "drivers", "--json")  # the digest is printed by the screen channel, but not here
    assert (ended.json["counts"]["hits"], ended.json["counts"]["sent"]) == (1, 1)
    assert run("backfill", "--term", "drivers", "--json").json["counts"]["hits"] == 0


def test_a_pages_time_in_its_own_zone_is_shown_in_utc(folder: Any, run: Any) -> None:
    head = '<title>Ferry stops</title><meta property="article:published_time" content="2025-05-30T18:40:00+02:00">'
    body = "<article><h1>Ferry stops</h1><p>The ferry across the lake stops for eleven days.</p></article>"
    (folder / "inbox" / "page.html").write_text(f"<html><head>{head}</head><body>{body}</body></html>")
    assert run("extract", "inbox/page.html", "--json").json["published_at"] == "2025-05-30T16:40:00Z"
    assert "2025-05-30 16:40 UTC" in run("extract", "inbox/page.html").out
