"""The pages that links in alerts lead to, over real HTTP: looking changes nothing, and only a true link acts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import feedparser
import pytest
import yaml
from aiohttp import web

from alerts import AnswerLinks, answer_links, why_no_links
from console.pages import AnswerPages
from flows import applying
from storage import Store, open_store
from wirewatch.errors import WirewatchError
from wirewatch.telling import Judgement, MuteKind

NOW = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
LINKS = AnswerLinks("https://watch.example.org/", "a secret that nobody guesses")


@pytest.fixture
def store(folder: Path, run: Any, without_engine: None) -> Any:
    assert run("run", "--once").code == 0
    with open_store(f"sqlite:///{folder / '.wirewatch' / 'wirewatch.db'}") as opened:
        yield opened


@pytest.fixture
async def site(store: Store) -> AsyncIterator[str]:
    runner = web.AppRunner(AnswerPages(store, LINKS, lambda: NOW).app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def path(store: Store) -> str:
    return LINKS.to(store.hits(terms=["Hmeimim"])[0].article.key, NOW).removeprefix("https://watch.example.org")


async def asked(url: str, **form: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session:
        request = session.post(url, data=form) if form else session.get(url)
        async with request as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, await answer.text()


def said(store: Store) -> tuple[Any, Any]:
    names = [(each.hit.article_key, each.hit.term) for each in store.hits()]
    return dict(store.judgements(names)), [(mute.kind, mute.name) for mute in store.mutes(NOW)]


async def test_looking_shows_a_form_and_changes_nothing(store: Store, site: str) -> None:
    for _ in range(3):
        status, page = await asked(site + path(store))
    assert status == 200
    assert "Convoy reaches the base" in page
    assert re.findall(r'value="([^"]*)"', page) == [
        "seen", "irrelevant", "story", "day:Convoys", "week:Convoys", "day:Hmeimim", "week:Hmeimim",
    ]  # fmt: skip
    assert '<form method="post">' in page
    assert said(store) == ({}, [])
    async with aiohttp.ClientSession() as session:
        assert (await session.head(site + path(store))).status == 405
    assert said(store) == ({}, [])


async def test_a_button_acts(store: Store, site: str) -> None:
    status, page = await asked(site + path(store), do="irrelevant")
    assert (status, "2 hits marked as not relevant" in page) == (200, True)
    assert set(said(store)[0].values()) == {Judgement.IRRELEVANT}
    await asked(site + path(store), do="day:Hmeimim")
    assert said(store)[1] == [(MuteKind.TERM, "Hmeimim")]
    assert store.mutes(NOW + timedelta(hours=23)) and not store.mutes(NOW + timedelta(hours=25))
    status, page = await asked(site + path(store), do="day:Nobody's term")
    assert (status, "nothing was changed" in page) == (403, True)


async def test_a_term_s_feed_is_served_to_who_has_its_address(store: Store, site: str) -> None:
    where = LINKS.feed_of("Hmeimim").removeprefix("https://watch.example.org")
    code, feed = await asked(site + where)
    read = feedparser.parse(feed)
    assert (code, read.bozo, [entry.title for entry in read.entries]) == (200, False, ["Convoy reaches the base"])
    assert "<b>Hmeimim</b>" in read.entries[0].content[0].value
    for wrong in (where[:-2], "/feed/SG1laW1pbQ", path(store).replace("answer", "feed")):
        assert (await asked(site + wrong))[0] == 403


async def test_only_a_true_link_that_is_not_too_old_does(store: Store, site: str) -> None:
    good = path(store)
    token = good.removeprefix("/answer/")
    old = LINKS.to(store.hits()[0].article.key, NOW - timedelta(days=15)).removeprefix("https://watch.example.org")
    other = AnswerLinks(LINKS.public_url, "another secret of another watch")
    forged = other.to(store.hits()[0].article.key, NOW).removeprefix("https://watch.example.org")
    for wrong in (old, forged, "/answer/x", f"/answer/{token[:-4]}AAAA", f"/answer/B{token[1:]}", "/answer/%00"):
        for form in ({}, {"do": "irrelevant"}):
            status, page = await asked(site + wrong, **form)
            assert status == 403, wrong
            assert "Convoy" not in page
    assert said(store) == ({}, [])


async def test_an_alert_carries_the_link_where_address_and_secret_are_set(
    folder: Path, run: Any, without_engine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load((folder / "wirewatch.yaml").read_text())
    (folder / "wirewatch.yaml").write_text(yaml.safe_dump(config | {"public_url": "https://watch.example.org"}))
    monkeypatch.setenv("WIREWATCH_SECRET", LINKS.secret)
    ended = await asyncio.to_thread(run, "run", "--once")
    assert "Answer: https://watch.example.org/answer/" in ended.out


def test_why_there_are_no_links() -> None:
    assert "public_url" in str(why_no_links(None, {}))
    assert "WIREWATCH_SECRET" in str(why_no_links("https://w.example", {"WIREWATCH_SECRET": "short"}))
    assert why_no_links("https://w.example", {"WIREWATCH_SECRET": "x" * 16}) is None
    assert answer_links("https://w.example", {}) is None
    assert "secret" not in repr(LINKS)
    with pytest.raises(WirewatchError, match="older than 14 days"):
        LINKS.read(LINKS.to(b"k" * 16, NOW).rpartition("/")[2], NOW + timedelta(days=15))


def test_the_examples_of_the_alerts_page_are_right(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text("utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) == 5
    for example in examples:
        (tmp_path / "wirewatch.yaml").write_text(example, "utf-8")
        checked = applying.check_file(tmp_path / "wirewatch.yaml")
        assert not checked.errors, example
