"""`sources test`, `import` and `export`, as people type them."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

OPML = """<opml version="2.0"><body><outline text="World">
<outline text="One" xmlUrl="https://one.example/rss"/><outline text="inbox" xmlUrl="https://two.example/rss"/>
</outline></body></opml>"""
LONG = "Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement. " * 5


@pytest.fixture
def opml(folder: Path) -> Path:
    file = folder / "feeds.opml"
    file.write_text(OPML)
    return file


def test_a_list_is_printed_as_lines_to_paste(opml: Path, run: Any) -> None:
    before = Path("wirewatch.yaml").read_text()
    ended = run("sources", "import", opml)
    assert ended.code == 0
    assert yaml.safe_load(ended.out) == {
        "sources": [
            {"name": "One", "feed": "https://one.example/rss"},
            {"name": "inbox 2", "feed": "https://two.example/rss"},
        ]
    }
    assert "folders are not kept: World" in ended.err
    assert Path("wirewatch.yaml").read_text() == before


def test_a_list_is_put_into_the_configuration_and_comes_out_equal(opml: Path, run: Any) -> None:
    assert run("sources", "import", "--append", opml).code == 0
    assert run("check").code == 0
    exported = run("sources", "export")
    assert "left out, since OPML lists feeds only: inbox" in exported.err
    Path("again.opml").write_text(exported.out)
    assert "2 left out: wirewatch.yaml has them already" in run("sources", "import", "again.opml").err
    assert run("sources", "import", "again.opml").out == ""
    Path("other.yaml").write_text("defaults: {every: 1h}\n")
    assert run("sources", "import", "--append", "again.opml", "--config", "other.yaml").code == 0
    assert run("sources", "export", "--config", "other.yaml").out == exported.out


def test_what_a_list_cannot_say_is_told_by_name_and_all_else_comes_back(folder: Path, run: Any) -> None:
    feeds = """\
sources:
  - {name: plain, feed: "https://one.example/rss", every: 90s}
  - {name: paced, feed: "https://two.example/rss", adaptive: {least: 5m, most: 6h}, robots: false}
  - {name: much, feed: "https://three.example/rss", archive: hits, keep_raw: true}
  - {name: paid, feed: "https://four.example/rss", headers: {X-Key: "${KEY}"}}
"""
    Path("all.yaml").write_text(feeds)
    exported = run("sources", "export", "--config", "all.yaml")
    assert "stay in the configuration, of: paid\n" in exported.err
    Path("list.opml").write_text(exported.out)
    assert run("sources", "import", "--append", "list.opml", "--config", "back.yaml").code == 0
    there, back = (yaml.safe_load(Path(name).read_text())["sources"] for name in ("all.yaml", "back.yaml"))
    del there[3]["headers"]
    assert back == there


@pytest.mark.parametrize(
    ("text", "says"),
    [("words", "not an OPML file"), ("<opml><body/></opml>", "there is no feed in it"), (None, "No such file")],
)
def test_what_is_no_list_is_named(text: str | None, says: str, folder: Path, run: Any) -> None:
    if text is not None:
        (folder / "x.opml").write_text(text)
    ended = run("sources", "import", "x.opml")
    assert ended.code == 1
    assert says in ended.err


def test_a_configuration_that_cannot_take_lines_is_left_alone(opml: Path, run: Any) -> None:
    config = Path("wirewatch.yaml")
    config.write_text("sources: [{name: a, folder: inbox}]\n")
    ended = run("sources", "import", "--append", opml)
    assert (ended.code, config.read_text()) == (1, "sources: [{name: a, folder: inbox}]\n")
    assert "put the lines in by hand; without --append" in ended.err
    assert sorted(path.name for path in Path().iterdir()) == ["feeds.opml", "inbox", "wirewatch.yaml"]


@pytest.fixture
def site(folder: Path) -> Iterator[str]:
    """A site with a feed whose three items came an hour apart; the page of the last is gone."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {"/": b"<link rel=alternate type=application/rss+xml href=/rss>", "/rss": rss.encode()}
            page = f"<html><title>T</title><article><h1>{self.path}</h1><p>{LONG}</p></article></html>"
            body = known.get(self.path, page.encode())
            self.send_response(404 if self.path == "/2" else 200)
            self.send_header("Content-Type", "text/xml" if self.path == "/rss" else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>Report {number}</title><link>{base}/{number}</link>"
        f"<pubDate>{format_datetime(now - timedelta(hours=number))}</pubDate></item>"
        for number in range(3)
    )
    rss = f"<rss version='2.0'><channel><title>Wire &amp; co</title><language>en</language>{items}</channel></rss>"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = folder / "wirewatch.yaml"
    config.write_text(config.read_text() + "network: {allow: [127.0.0.0/8], per_site_delay: 0s}\n")
    yield base
    server.shutdown()
    server.server_close()


def test_a_site_is_shown_as_the_source_that_it_would_be(site: str, run: Any) -> None:
    ended = run("sources", "test", site)
    assert ended.code == 0
    for shown in (
        "RSS 2.0: Wire & co · en",
        "3 items, 0 of them with their full text",
        "UTC  Report 0",
        "text: 78 words  (Report 0)",
        "text: 127.0.0.1 answered 404 (Not Found)  (Report 2)",
        "To watch it, every 30m as it seems to publish:",
    ):
        assert shown in ended.out
    lines = yaml.safe_load(ended.out.partition("publish:\n")[2])
    assert lines == {"sources": [{"name": "wire-co", "feed": f"{site}/rss", "every": "30m"}]}


def test_links_and_folders_are_shown_too(site: str, run: Any) -> None:
    ended = run("sources", "test", f"{site}/list", "--select", "p")
    assert (ended.code, "finds no link" in ended.err) == (1, True)
    assert "is no CSS selector" in run("sources", "test", site, "--select", "a[").err
    ended = run("sources", "test", "inbox")
    assert "folder\n" in ended.out
    assert "text: 43 words  (a.txt" in ended.out
    [source] = yaml.safe_load(ended.out.partition("publish:\n")[2])["sources"]
    assert source == {"name": "inbox", "folder": str(Path("inbox").resolve()), "every": "1m"}
