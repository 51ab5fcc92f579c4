"""Archives and mailboxes in a watched folder: every article in them once, and what is wrong with one costs only it."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from flows import file_articles
from flows.report import Report
from wirewatch.errors import StorageError

STORY = """\
Convoy reaches the base

Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement read to reporters.

The convoy of forty lorries left the port before dawn and was met by nobody on the road, according to drivers.
"""

MORE = """
Officials in the capital declined to say what was in it, and “called the question premature” when asked again.
"""


def packed(**members: str | bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return target.getvalue()


def message(number: int) -> str:
    head = f"From: ann@wire.example\nMessage-ID: <{number}@wire.example>\nSubject: Letter {number}"
    return (
        f"From ann Mon Nov 16\n{head}\n\nLetter {number} speaks of Hmeimim, and of nothing else that anyone knows.\n\n"
    )


async def test_members_are_articles_and_broken_ones_are_named(world: Any, told: Callable[[Report], str]) -> None:
    world.watch("Hmeimim", inbox=True)
    table = "title,text\nRow one,On Hmeimim\nRow two,On nothing\n"
    world.drop("week.zip", packed(a_txt=STORY, b_pdf=b"%PDF-1.7 broken", c_csv=table, d_png=b"\x89PNG\r\n"))
    report = await world.tick()
    assert world.hits() == {("Convoy reaches the base", "Hmeimim"), ("Row one", "Hmeimim")}
    assert report.counts["new_articles"] == 3
    assert "file inbox/week.zip#b.pdf: a PDF that is damaged" in told(report)
    assert len(report.failures) == 1
    again = await world.tick()
    assert (again.counts["items"], again.failures) == (0, [])


async def test_mailbox_that_grows_gives_its_new_messages_only(world: Any, site: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("mail.mbox", message(1) + message(2))
    await world.tick()
    world.drop("mail.mbox", message(1) + message(2) + message(3))
    report = await world.tick()
    assert (report.counts["items"], report.counts["new_articles"], report.counts["revised"]) == (1, 1, 0)
    assert {title for title, _ in world.hits()} == {"Letter 1", "Letter 2", "Letter 3"}
    assert sum("Letter 1" in text for text in site.messages("desk")) == 1


async def test_member_with_changes_is_a_revision_and_another_story_is_not(world: Any) -> None:
    world.watch("Hmeimim", "premature", "dues", inbox=True)
    world.drop("week.zip", packed(latest_txt=STORY))
    await world.tick()
    world.drop("week.zip", packed(latest_txt=STORY + MORE))
    revised = await world.tick()
    assert not revised.failures
    assert (revised.counts["new_articles"], revised.counts["revised"], world.articles()) == (0, 1, 1)
    world.drop(
        "week.zip", packed(latest_txt="Harbour dues\n\nThe dues in Tartus will rise by a tenth, it was announced.")
    )
    await world.tick()
    assert world.articles() == 2


async def test_copy_in_an_archive_is_nothing_new(world: Any) -> None:
    world.watch("Hmeimim", inbox=True)
    world.drop("a.txt", STORY)
    await world.tick()
    world.drop("b.zip", packed(deep_txt=STORY))
    report = await world.tick()
    assert (report.counts["items"], report.counts["new_articles"], world.articles()) == (1, 0, 1)


async def test_line_with_an_address_is_the_article_of_that_address(world: Any, site: Any) -> None:
    page = site.page("/a", "Convoy", "Supplies reached Hmeimim on Tuesday, a spokesman said.")
    feed = site.feed("/feed", site.item("/a", "Convoy"))
    world.watch("Hmeimim", feeds=[{"name": "wire", "feed": feed}], inbox=True)
    await world.tick()
    world.drop("a.jsonl", f'{{"title": "Convoy", "text": "On Hmeimim.", "url": "{page}?utm_source=x"}}\n')
    await world.tick()
    assert world.articles() == 1


async def test_database_gone_between_two_slices_loses_nothing(world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(file_articles, "SLICE", 3)
    world.watch("Hmeimim", inbox=True)
    world.drop("mail.mbox", "".join(map(message, range(10))))
    write = world.store.write
    batches = itertools.count(1)

    def gone(*arguments: Any) -> Any:
        if next(batches) == 3:
            raise StorageError("gone")
        return write(*arguments)

    with monkeypatch.context() as patch, pytest.raises(StorageError):
        patch.setattr(world.store, "write", gone)
        await world.tick()
    assert 0 < world.articles() < 10
    await world.tick()
    assert len(world.hits()) == 10


async def test_files_attached_to_letters_are_articles_too(
    world: Any, mail: Any, told: Callable[[Report], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL", mail.password)
    for name in ("", "<9@wire.example>"):
        letter = EmailMessage()
        letter["Subject"] = f"Release {name.strip('<>')}"
        if name:
            letter["Message-ID"] = name
        letter.set_content("You will find it attached, with our best wishes for the day.")
        letter.add_attachment(f"{STORY} {name}".encode(), maintype="text", subtype="plain", filename="convoy.txt")
        letter.add_attachment(b"%PDF-1.7 broken", maintype="application", subtype="pdf", filename="b.pdf")
        await mail.put(letter.as_bytes(), at=world.now)
    world.watch(
        "Hmeimim",
        "wishes",
        feeds=[{"name": "letters", "mailbox": mail.url}],
        network={"allow": ["127.0.0.0/8", "::1/128"]},
    )
    report = await world.tick(minutes=1)
    assert sorted(each.hit.term for each in world.store.hits()) == ["Hmeimim", "Hmeimim", "wishes", "wishes"]
    assert told(report).count("b.pdf: a PDF that is damaged") == 2
    assert not (await world.tick()).failures
