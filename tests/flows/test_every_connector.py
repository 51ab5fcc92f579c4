"""What holds for every kind of source, its own and those of other packages, through the whole of a poll."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

import pytest

from wirewatch.errors import StorageError
from wirewatch.model import DeliveryState, Origin

DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "connectors.md"
TEXTS = {
    "Fresh": "Fresh supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement.",
    "Old": "Old runways at Hmeimim will be rebuilt within the year by a company that nobody in the port has heard of.",
    "Later": "Later in the evening two ships that had waited off Tartus turned round, as pilots at Hmeimim could see.",
}
"""Different stories: copies of one would alert once."""
NETWORK = {"allow": ["127.0.0.0/8", "::1/128"], "per_site_delay": "0s", "per_site_limit": 8}


class Kind(Protocol):
    """A place of one kind: how it is configured, how something is published there, and how it breaks."""

    settings: dict[str, Any]

    async def publish(self, title: str, at: datetime) -> None: ...
    def break_(self) -> str:
        """Break it; what the failure will say."""
        ...

    def mend(self) -> None: ...


class Web:
    """What the kinds on the web share: article pages, and an index of them that is written anew."""

    index = "/index"

    def __init__(self, site: Any) -> None:
        self.site = site
        self.published: list[tuple[str, str, datetime]] = []
        self.write()

    async def publish(self, title: str, at: datetime) -> None:
        head = f'<meta property="article:published_time" content="{at.isoformat()}">'
        url = self.site.page(f"/{title}", title, TEXTS[title], head=head)
        self.published.append((title, url, at))
        self.write()

    def write(self) -> None:
        raise NotImplementedError

    def break_(self) -> str:
        self.site.fail(self.index)
        return "127.0.0.1 answered 503"

    def mend(self) -> None:
        self.write()


class Feed(Web):
    @property
    def settings(self) -> dict[str, Any]:
        return {"feed": self.site.url(self.index)}

    def write(self) -> None:
        self.site.feed(self.index, *(self.site.item(url, title, published=at) for title, url, at in self.published))


class Sitemap(Web):
    @property
    def settings(self) -> dict[str, Any]:
        return {"sitemap": self.site.url(self.index)}

    def write(self) -> None:
        urls = (f"<url><loc>{url}</loc><lastmod>{at.isoformat()}</lastmod></url>" for _, url, at in self.published)
        self.site.put(self.index, f"<urlset>{''.join(urls)}</urlset>", "application/xml")


class Page(Web):
    @property
    def settings(self) -> dict[str, Any]:
        return {"page": self.site.url(self.index), "select": "main a"}

    def write(self) -> None:
        links = "".join(f"<p><a href='{url}'>{title}</a>" for title, url, _ in self.published)
        self.site.put(self.index, f"<html><a href=/>Home</a><main>{links}<a href=/never>…</a></main></html>")


class Package(Web):
    """The example of the documentation, installed as a package is: a module and what says that it is there."""

    def __init__(self, site: Any, folder: Path) -> None:
        super().__init__(site)
        example, registered = re.findall(r"```(?:python|toml)\n(.*?)```", DOCUMENTATION.read_text("utf-8"), re.DOTALL)
        named = re.search(r'^(\w+) = "(\w+):(\w+)"$', registered, re.MULTILINE)
        assert named
        (folder / f"{named[2]}.py").write_text(example, "utf-8")
        metadata = folder / "wirewatch_headlines-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: wirewatch-headlines\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[wirewatch.connectors]\n{named[0]}\n".replace('"', ""))

    @property
    def settings(self) -> dict[str, Any]:
        return {"kind": "headlines", "options": {"list": self.site.url(self.index)}}

    def write(self) -> None:
        self.site.put(self.index, "".join(f"{url} {title}\n" for title, url, _ in self.published), "text/plain")


class Folder:
    def __init__(self, world: Any) -> None:
        self.world = world
        self.settings = {"folder": "./inbox"}

    async def publish(self, title: str, at: datetime) -> None:
        self.world.drop(f"{title}.txt", f"{title}\n\n{TEXTS[title]}\n")

    def break_(self) -> str:
        self.world.inbox.rename(self.world.folder / "elsewhere")
        return "does not exist"

    def mend(self) -> None:
        (self.world.folder / "elsewhere").rename(self.world.inbox)


class Mailbox:
    def __init__(self, mail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mail = mail
        self.monkeypatch = monkeypatch
        self.settings = {"mailbox": mail.url}

    async def publish(self, title: str, at: datetime) -> None:
        letter = EmailMessage()
        letter["Subject"], letter["Date"], letter["Message-ID"] = title, at, f"<{title}@news.example>"
        letter.set_content(TEXTS[title])
        await self.mail.put(letter.as_bytes(), at=at)

    def break_(self) -> str:
        self.monkeypatch.setenv("MAIL", "changed")
        return "localhost: "

    def mend(self) -> None:
        self.monkeypatch.setenv("MAIL", self.mail.password)


@pytest.fixture(params=["feed", "sitemap", "page", "package", "folder", "mailbox"])
def kind(request: Any, world: Any, site: Any, tmp_path: Path, monkeypatch: Any) -> Iterator[Kind]:
    match request.param:
        case "folder":
            yield Folder(world)
        case "mailbox":
            yield Mailbox(request.getfixturevalue("mail"), monkeypatch)
        case "package":
            monkeypatch.syspath_prepend(str(tmp_path))
            yield Package(site, tmp_path)
            sys.modules.pop("wirewatch_headlines", None)
        case name:
            yield {"feed": Feed, "sitemap": Sitemap, "page": Page}[name](site)


def watch(world: Any, kind: Kind, **settings: Any) -> None:
    applied = world.watch("Hmeimim", feeds=[{"name": "place", **kind.settings, **settings}], network=NETWORK)
    assert not applied.file.errors


def told(report: Any) -> list[str]:
    return [f"{failure.where}: {failure.what}" for failure in report.failures if "/never" not in failure.where]


def found(world: Any) -> dict[str, Origin]:
    """The titles of the hits, and how they came about."""
    return {
        next(title for title in ("Fresh", "Old", "Later") if title in each.hit.matches[0].passage): each.hit.origin
        for each in world.store.hits()
    }


async def test_the_first_poll_then_nothing_then_something(world: Any, kind: Kind) -> None:
    await kind.publish("Fresh", world.now - timedelta(hours=2))
    await kind.publish("Old", world.now - timedelta(hours=30))
    watch(world, kind)
    report = await world.tick()
    assert told(report) == []
    old = Origin.POLL if isinstance(kind, Folder) else Origin.BACK
    assert found(world) == {"Fresh": Origin.POLL, "Old": old}
    sent = world.states()[DeliveryState.SENT]
    assert sent == (2 if isinstance(kind, Folder) else 1)

    report = await world.tick()
    assert (report.counts["new_articles"], report.counts["hits"], told(report)) == (0, 0, [])
    assert report.counts["unchanged"] == (0 if isinstance(kind, Package) else 1)

    await kind.publish("Later", world.now - timedelta(hours=30))
    report = await world.tick()
    assert (report.counts["new_articles"], told(report)) == (1, [])
    assert found(world) == {"Fresh": Origin.POLL, "Old": old, "Later": Origin.POLL}
    assert world.states()[DeliveryState.SENT] == sent + 1


async def test_a_failure_is_named_and_costs_nothing(world: Any, kind: Kind) -> None:
    await kind.publish("Fresh", world.now)
    watch(world, kind)
    says = kind.break_()
    [failure] = told(await world.tick())
    assert failure.startswith("source place: ")
    assert says in failure
    [state] = world.store.sources()
    assert (state.failures, says in state.last_error) == (1, True)
    kind.mend()
    assert told(await world.tick(hours=7)) == []
    assert set(found(world)) == {"Fresh"}
    [state] = world.store.sources()
    assert (state.failures, state.last_error) == (0, None)


async def test_cut_off_before_it_is_stored_nothing_is_lost(world: Any, kind: Kind, monkeypatch: Any) -> None:
    await kind.publish("Fresh", world.now)
    watch(world, kind)
    with monkeypatch.context() as patched:
        patched.setattr(type(world.store), "write", _full)
        with pytest.raises(StorageError):
            await world.tick()
    assert found(world) == {}
    await world.tick()
    assert found(world) == {"Fresh": Origin.POLL}


def _full(*_: Any) -> None:
    raise StorageError("the disk is full")


async def test_paused_sources_and_those_of_other_machines_are_not_read(
    world: Any, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kind.publish("Fresh", world.now)
    of_elsewhere = isinstance(kind, Folder)
    watch(world, kind, **({"host": "elsewhere"} if of_elsewhere else {}))
    if not of_elsewhere:
        world.store.pause(["place"], world.now)
    assert (await world.tick()).counts["sources_read"] == 0
    monkeypatch.setenv("WIREWATCH_HOST", "elsewhere")
    world.store.resume(["place"], world.now)
    assert (await world.poll(shard=(0, 1))).counts["sources_read"] == 1
    assert set(found(world)) == {"Fresh"}


async def test_a_package_that_is_missing_or_refuses_is_an_error_of_the_file(world: Any, tmp_path: Path) -> None:
    applied = world.watch("Hmeimim", feeds=[{"name": "place", "kind": "headlinez"}])
    [problem] = applied.file.errors
    assert "source place: no package installed here brings the kind “headlinez”" in str(problem)
    assert world.store.sources() == []


async def test_a_package_checks_its_own_options(world: Any, site: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    Package(site, tmp_path)
    applied = world.watch("Hmeimim", feeds=[{"name": "place", "kind": "headlines", "options": {"lists": "x"}}])
    [problem] = applied.file.errors
    assert "source place: headlines need `options: {list: ADDRESS}`" in str(problem)


async def test_files_are_put_away_once_they_are_stored(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(world)
    await folder.publish("Fresh", world.now)
    world.drop("empty.txt", "")
    watch(world, folder, after="archive")
    with monkeypatch.context() as patched:
        patched.setattr(type(world.store), "write", _full)
        with pytest.raises(StorageError):
            await world.tick()
    assert sorted(path.name for path in world.inbox.iterdir()) == ["Fresh.txt", "empty.txt"]
    await world.tick()
    moved = sorted(str(path.relative_to(world.inbox)) for path in world.inbox.rglob("*.txt"))
    assert moved == ["archived/Fresh.txt", "quarantine/empty.txt", "quarantine/empty.txt.reason.txt"]
    assert set(found(world)) == {"Fresh"}
    report = await world.tick()
    assert (report.counts["items"], report.counts["unchanged"]) == (0, 1)


async def test_letters_are_marked_once_they_are_stored(world: Any, mail: Any, monkeypatch: Any) -> None:
    mailbox = Mailbox(mail, monkeypatch)
    await mailbox.publish("Fresh", world.now)
    watch(world, mailbox, after="seen")
    await world.tick()
    assert await mail.seen() == [True]
    secret = mail.password.split("/")[0]
    assert secret not in "".join(str(row) for row in world.store.sources())
