"""Documents and archives of every kind: what is read out of them, and under which address."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from extraction import attachments, extract
from extraction.files.kinds import Format, format_of
from extraction.files.limits import Limits
from wirewatch.model import BodyFrom, Failure, Item, PublishedFrom, Zone

STORY = "Supplies reached Hmeimim on Tuesday, a spokesman for the ministry said in a short statement to reporters."


def zones(article: Any) -> list[tuple[str, str]]:
    return [(block.zone.value, block.text) for block in article.blocks]


@pytest.mark.parametrize(
    ("beginning", "name", "expected"),
    [
        *(
            (b"%PDF-1.7", "a.txt", Format.PDF),
            (b"junk\n%PDF-1.4", "a.pdf", Format.PDF),
            (b"On %PDF-1.4", "a.txt", Format.TEXT),
            (b"{\\rtf1 x", "a.doc", Format.RTF),
        ),
        *((b"WARC/1.1\r\n", "a", Format.WARC), (gzip.compress(b"WARC/1.0\r\n"), "a.gz", Format.WARC)),
        *((gzip.compress(b"x"), "a.txt", Format.GZIP), (b"From a@b Mon\nSubject: x\n\n", "", Format.MBOX)),
        *((b'{"a": 1}\n{"b": 2}\n', "a.txt", Format.JSONL), (b"a,b\n", "a.csv", Format.CSV)),
        *(
            (b"Subject: x\nMessage-ID: <1>\n\ntext", "a.txt", Format.MESSAGE),
            (b"From: x\n\ntext", "a.eml", Format.MESSAGE),
        ),
        *((b"FROM: the ministry\nDATE: today\n\ntext", "a.txt", Format.TEXT), (b"# T", "a.md", Format.MARKDOWN)),
        *((b"words", "a.pdf", Format.TEXT), (b"\x89PNG\r\n", "a.txt", None), (b"body {}", "a.css", None)),
        *((b"words", "README", None), (b"<html>", "a.htm", Format.PAGE), (b"PK\x05\x06", "a", Format.ZIP)),
    ],
)
def test_a_format_is_told_by_content_first(beginning: bytes, name: str, expected: Format | None) -> None:
    assert format_of(beginning, name) is expected


# -- documents ---------------------------------------------------------------------------------------------------------


def test_docx(files: Any) -> None:
    core = (
        '<cp xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/"><dc:creator>Ann Bee'
        "</dc:creator><t:created>2026-11-16T13:16:28Z</t:created></cp>"
    )
    p = files.paragraph
    split = "<w:p><w:r><w:t>Hme</w:t></w:r><w:r><w:t>imim</w:t></w:r><w:r><w:delText>gone</w:delText></w:r></w:p>"
    header = (
        f'<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{p("Weekly bulletin")}</w:hdr>'
    )
    raw = files.docx(
        p("Convoy arrives", "Title") + p("On the road", "Heading1") + p(STORY) + split,
        **{"docProps/core.xml": core, "word/header1.xml": header},
    )
    article = files.one("note.docx", raw)
    assert zones(article) == [
        *(("headline", "Convoy arrives"), ("byline", "Ann Bee"), ("subhead", "On the road"), ("body", STORY)),
        *(("body", "Hmeimim"), ("furniture", "Weekly bulletin")),
    ]
    assert (article.published_at, article.published_from) == (
        datetime(2026, 11, 16, 13, 16, 28, tzinfo=UTC),
        PublishedFrom.FILE,
    )
    assert article.body_from is BodyFrom.FILE


def test_odt(files: Any) -> None:
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = f'xmlns:office="{urn}:office:1.0" xmlns:text="{urn}:text:1.0"'
    body = (
        '<text:p text:style-name="Title">Convoy arrives</text:p><text:h>On the road</text:h>'
        "<text:p>Supplies<text:s/>reached <text:span>Hme</text:span>imim<text:note><text:note-body><text:p>A note"
        "</text:p></text:note-body></text:note>.</text:p>"
    )
    content = f"<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>"
    raw = files.zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content}, zipfile.ZIP_STORED)
    assert zones(files.one("note.odt", raw)) == [
        *(("headline", "Convoy arrives"), ("subhead", "On the road")),
        *(("body", "Supplies reached Hmeimim."), ("body", "A note")),
    ]


def test_epub_in_reading_order(files: Any) -> None:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>Digest</dc:title><dc:creator>Ann Bee</dc:creator>"
        "<dc:language>en</dc:language><dc:date>2026</dc:date>"
        '</metadata><manifest><item id="b" href="b%20b.xhtml"/><item id="a" href="a.xhtml"/></manifest>'
        '<spine><itemref idref="b"/><itemref idref="a"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/x.opf"/></rootfiles></container>'
    )
    raw = files.zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OPS/x.opf": opf,
            "OPS/a.xhtml": "<html><body><p>Second</p></body></html>",
            "OPS/b b.xhtml": f"<html><body><h1>One</h1><p>{STORY}</p></body></html>",
        },
        zipfile.ZIP_STORED,
    )
    article = files.one("digest.epub", raw)
    assert [text for _, text in zones(article)] == ["Ann Bee", "One", STORY, "Second"]
    assert (article.title, article.language, article.published_at) == ("Digest", "en", None)


def test_rtf_with_its_notes(files: Any) -> None:
    raw = rb"{\rtf1\ansi\ansicpg1251 Supplies reached \b Hmeimim\b0 .{\footnote Said \'d2\'e0\'f0\'f2\'f3\'f1.}\par}"
    text = files.text(files.one("note.rtf", raw))
    assert "Supplies reached Hmeimim." in text
    assert "Тартус" in text


def test_markdown_without_its_marks(files: Any) -> None:
    raw = (
        b"---\ntitle: Convoy arrives\nauthor: Ann Bee\n---\n\nThe *convoy* reached [Hmeimim](https://x.example) `soon`."
    )
    article = files.one("note.md", raw)
    assert "The convoy reached Hmeimim soon." in files.text(article)
    assert (article.byline, "x.example" in files.text(article)) == ("Ann Bee", False)


def test_pdf_paragraphs_running_heads_and_date(files: Any) -> None:
    body = [
        "Supplies reached the airbase of Hme" + "imim on Tuesday, said the ministry of",
        "defence in Moscow, which spoke of forty lorries that had left the port of",
        "Tartus before dawn.",
        "Nobody met them on the road, drivers told reporters who waited at the gate",
        "of the base.",
    ]
    pages = [
        ["Harbour Weekly", *([f"Part {number} begins."] * 2), *body, "That is all.", f"Page {number}"]
        for number in (1, 2, 3)
    ]
    article = files.one("a.pdf", files.pdf(*pages, info="/CreationDate (D:20261116141628+01'00') /Author (Ann Bee)"))
    text = files.text(article)
    assert (
        "said the ministry of defence in Moscow, which spoke of forty lorries that had left the port of Tartus" in text
    )
    assert "Harbour Weekly" in files.text(article, furniture=True)
    assert "Harbour Weekly" not in text
    assert article.published_at == datetime(2026, 11, 16, 13, 16, 28, tzinfo=UTC)
    assert article.byline == "Ann Bee"


# -- archives ----------------------------------------------------------------------------------------------------------


def test_message_and_its_attachments(files: Any) -> None:
    raw = files.message(
        "Content-Type: text/plain; charset=utf-8\n\nThe convoy reached Hmeimim, see the release.",
        "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=release.txt\n\n" + STORY,
        "Content-Type: image/png\nContent-Disposition: attachment; filename=logo.png\n\n\x89PNG\r\n",
        Message_ID="<7@wire.example>",
        Subject="=?utf-8?b?0JrQvtC90LLQvtC5?=",
        Date="Mon, 16 Nov 2026 14:16:28 +0100",
    )
    message, release = files.read("a.eml", raw)
    assert message.url == "file:///inbox/a.eml#mid:7@wire.example"
    assert zones(message)[0] == ("headline", "Конвой")
    assert "see the release" in files.text(message)
    assert message.byline == "Ann Bee"
    assert (message.published_at, message.published_from) == (
        datetime(2026, 11, 16, 13, 16, 28, tzinfo=UTC),
        PublishedFrom.FILE,
    )
    assert release.url == "file:///inbox/a.eml#mid:7@wire.example/release.txt"
    assert STORY in files.text(release)


def test_html_only_message_is_read_whole(files: Any) -> None:
    part = "Content-Type: text/html; charset=utf-8\n\n<table><tr><td>First item</td><td>On Hmeimim</td></tr></table>"
    [article] = files.read("a.eml", files.message(part, Subject="Digest"))
    assert files.text(article).splitlines() == ["Digest", "Ann Bee", "First item", "On Hmeimim"]


def test_mailbox(files: Any) -> None:
    first = files.message(Message_ID="<1@x>", text="One.\n\n>From the base it went on.")
    second = files.message(text="Two.")
    raw = b"From a Mon Nov 16\n" + first + b"\nFrom b Mon Nov 16\n" + second
    one, two = files.read("a.mbox", raw)
    assert one.url.endswith("a.mbox#mid:1@x")
    assert "From the base it went on." in files.text(one)
    assert two.url.endswith("a.mbox#message-2")


def test_saved_page_is_the_page(files: Any) -> None:
    raw = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://news.example/a\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/related; boundary=edge\r\n\r\n--edge\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<html><body><article><h1>Caf=C3=A9</h1><p>"
        + STORY.encode()
        + b"</p></article></body></html>\r\n--edge--\r\n"
    )
    article = files.one("a.mhtml", raw)
    assert (article.title, STORY in files.text(article)) == ("Café", True)
    page = b"<html><body><article><h1>x</h1><p>y</p></article></body></html>"
    assert article.key == extract(Item("s", "https://news.example/a", page, "text/html", files.seen)).key


def test_json_lines(files: Any) -> None:
    rows = [
        {
            "headline": "One",
            "article": {"body": STORY},
            "link": "https://news.example/1",
            "day": "2026-11-20T10:00:00Z",
        },
        {"headline": "Two", "article": {"body": ["First.", "Then."]}, "day": "20 November", "guid": "x 2"},
        {"headline": 3},
        {"other": 4},
    ]
    raw = "\n".join([*map(json.dumps, rows), "no json", "[1]"]).encode()
    named = (("text", "article.body"), ("published", "day"))
    found = files.unpacked("a.jsonl", raw, named)
    one, two, three = (extract(each) for each in found if not isinstance(each, Failure))
    assert (one.url, one.published_at) == ("https://news.example/1", datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert one.published_from is PublishedFrom.FILE
    assert zones(one) == [("headline", "One"), ("body", STORY)]
    assert (two.url, two.published_at) == ("file:///inbox/a.jsonl#id-x%202", None)
    assert files.text(two).splitlines() == ["Two", "First.", "Then."]
    assert three.title == "3"
    failures = [each for each in found if isinstance(each, Failure)]
    assert [each.where for each in failures] == [f"file a.jsonl#line {number}" for number in (4, 5, 6)]
    assert "“other”" in failures[0].what


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t")])
def test_csv(files: Any, encoding: str, delimiter: str) -> None:
    rows = [
        ["Title", "Body", "Date", "Author"],
        ["Café", f'"{STORY}\nSecond."', "2026-11-20", "Ann Bee"],
        ["", "", "", ""],
    ]
    raw = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    article = files.one("a.csv", raw)
    assert files.text(article).splitlines() == ["Café", "Ann Bee", STORY, "Second."]
    assert (article.url, article.byline) == ("file:///inbox/a.csv#line-2", "Ann Bee")
    assert article.published_at == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_table_without_text_says_which_columns_there_are(files: Any) -> None:
    said = files.failure("a.csv", b"day,story\n1,2\n")
    assert "“day”, “story”" in said
    assert "fields: {text: COLUMN}" in said
    [article] = files.read("a.csv", b"day,story\n1,Two\n", fields=(("text", "story"),))
    assert files.text(article) == "Two"


def web_archive(*pages: tuple[str, bytes, bytes], compress: bool = False) -> bytes:
    from fastwarc.warc import WarcRecord, WarcRecordType

    target = io.BytesIO()
    for url, head, body in pages:
        record = WarcRecord()
        record.init_headers(record_type=WarcRecordType.response)
        record.headers["WARC-Target-URI"] = url
        record.headers["WARC-Date"] = "2026-10-01T08:00:00Z"
        record.headers["Content-Type"] = "application/http; msgtype=response"
        record.set_bytes_content(head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)
        one = io.BytesIO()
        record.write(one)
        target.write(gzip.compress(one.getvalue()) if compress else one.getvalue())
    return target.getvalue()


@pytest.mark.parametrize("compress", [False, True])
def test_web_archive(files: Any, compress: bool) -> None:
    page = "<html><body><article><h1>Café</h1><p>" + STORY + "</p></article></body></html>"
    packed = gzip.compress(page.encode("latin-1"))
    html = b"HTTP/1.1 200 OK\nContent-Type: text/html; charset=iso-8859-1\nContent-Encoding: gzip"
    raw = web_archive(
        ("https://news.example/a", html + b"\nContent-Length: %d" % len(packed), packed),
        ("https://news.example/moved", b"HTTP/1.1 301 Moved\nContent-Type: text/html", b"<html>moved</html>"),
        ("https://news.example/logo.png", b"HTTP/1.1 200 OK\nContent-Type: image/png", b"\x89PNG"),
        ("https://news.example/robots.txt", b"HTTP/1.1 200 OK\nContent-Type: text/plain", b"User-agent: *"),
        compress=compress,
    )
    article = files.one("a.warc.gz" if compress else "a.warc", raw)
    assert (article.url, article.title) == ("https://news.example/a", "Café")
    assert STORY in files.text(article)
    assert article.fetched_at == datetime(2026, 10, 1, 8, tzinfo=UTC)


def test_zip_of_everything(files: Any) -> None:
    inner = files.zip({"deep/note.md": "# Head\n\nOn Hmeimim."})
    mailbox = b"From a Mon Nov 16\n" + files.message(Message_ID="<1@x>")
    raw = files.zip(
        {
            "../../etc/passwd.txt": STORY,
            "press/note.docx": files.docx(files.paragraph("Another note.")),
            "logo.png": b"\x89PNG\r\n\x1a\n",
            "style.css": "body {}",
            "__MACOSX/press/._note.txt": "junk",
            ".hidden.txt": "junk",
            "mail/in.mbox": mailbox,
            "inner.zip": inner,
            "table.csv": "title,text\nA,B\n",
            "packed.txt.gz": gzip.compress(b"Plain words on Tartus."),
            "broken.pdf": b"%PDF-1.7",
        }
    )
    *articles, broken = [each for each in files.unpacked("a.zip", raw) if not isinstance(each, Failure)]
    assert broken.url.endswith("#broken.pdf")
    articles = [extract(each) for each in articles]
    assert [article.url.partition("#")[2] for article in articles] == [
        *("../../etc/passwd.txt", "press/note.docx", "mail/in.mbox/mid:1@x", "inner.zip/deep/note.md"),
        *("table.csv/line-2", "packed.txt.gz"),
    ]
    assert len({article.key for article in articles}) == len(articles)


# -- bad files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["docx", "odt", "epub", "zip", "pdf", "txt.gz"])
def test_a_file_cut_off_is_named_as_damaged(files: Any, suffix: str) -> None:
    whole = {
        "docx": files.docx(files.paragraph(STORY)),
        "pdf": b"%PDF-1.7\n1 0 obj <<",
        "txt.gz": gzip.compress(STORY.encode() * 9),
    }.get(suffix, files.zip({"mimetype": "application/epub+zip", "a.txt": STORY}))
    said = files.failure(f"a.{suffix}", whole if suffix == "pdf" else whole[: len(whole) * 2 // 3])
    assert "damaged" in said or "not completely written" in said


def test_encrypted_files_say_so(files: Any) -> None:
    key = "(" + "x" * 32 + ")"
    secret = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O {key} /U {key} >> /ID [(a) (a)]"
    assert "encrypted" in files.failure("a.pdf", files.pdf([STORY], trailer=secret))

    raw = bytearray(files.zip({"a.txt": STORY, "b.txt": "Open words."}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + flags] |= 1
    failure, kept = files.unpacked("a.zip", bytes(raw))
    assert failure == Failure("file a.zip#a.txt", "it is encrypted: pack it without a password")
    assert kept.url.endswith("#b.txt")


def test_pictures_of_text_say_what_to_do(files: Any) -> None:
    assert "OCR" in files.failure("a.pdf", files.pdf([]))


def test_bombs_cost_their_own_member_only(files: Any) -> None:
    nested = files.zip({"a.txt": "0" * 5_000_000})
    for _ in range(5):
        nested = files.zip({"in.zip": nested, "b.txt": "words"})
    raw = files.zip(
        {"zeros.txt": "0" * 30_000_000, "nested.zip": nested, "fine.txt": STORY, "z.txt.gz": gzip.compress(b"0" * 9**8)}
    )
    found = files.unpacked("a.zip", raw)
    told = {each.where: each.what for each in found if isinstance(each, Failure)}
    assert "200 times" in told["file a.zip#zeros.txt"]
    assert "200 times" in told["file a.zip#z.txt.gz"]
    assert any("deep" in what for what in told.values())
    assert any(not isinstance(each, Failure) and each.url.endswith("#fine.txt") for each in found)


def test_limits_of_members_and_sizes(files: Any) -> None:
    raw = files.zip({f"{number}.txt": STORY for number in range(5)})
    small = Limits(member_bytes=50)
    assert [each.what for each in files.unpacked("a.zip", raw, limits=small)] == [
        "longer than 0 KiB: too large to be one article"
    ] * 5
    with pytest.raises(Exception, match="more than 3 members"):
        files.unpacked("a.zip", raw, limits=Limits(members=3))


def test_entities_are_neither_expanded_nor_fetched(files: Any, tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol"><!ENTITY file SYSTEM "{secret.as_uri()}">{laughs}]>'
    body = files.paragraph("On Hmeimim. &file; &l8;")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    raw = files.zip(
        {"[Content_Types].xml": "<Types/>", "word/document.xml": f"{head}<w:document {space}>{body}</w:document>"}
    )
    text = files.text(files.one("a.docx", raw))
    assert "On Hmeimim." in text
    assert "secret" not in text
    assert len(text) < 100


def test_missing_library_says_how_to_get_it(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    assert "wirewatch[files]" in files.failure("a.pdf", files.pdf([STORY]))


def test_a_date_that_has_not_come_is_left_out(files: Any) -> None:
    article = files.one("a.csv", b"title,text,date\nA,B,2031-01-01\n")
    assert (article.published_at, article.published_from) == (None, PublishedFrom.NONE)
    assert "2031-01-01" in (article.note or "")


def test_furniture_of_a_message_is_kept(files: Any) -> None:
    plain = "Content-Type: text/plain; charset=utf-8\n\n" + STORY
    html = f"Content-Type: text/html; charset=utf-8\n\n<p>{STORY}</p><p>Tariffs Today</p>"
    [article] = files.read("a.eml", files.message(plain, html))
    assert [block.text for block in article.blocks if block.zone is Zone.FURNITURE] == ["Tariffs Today"]


def test_archive_that_begins_with_a_stored_pdf_is_no_pdf(files: Any) -> None:
    raw = files.zip({"b.pdf": b"%PDF-1.7", "a.txt": STORY}, zipfile.ZIP_STORED)
    assert len(files.unpacked("a.zip", raw)) == 2


DIRTY = "Cafe\u0301\u202e Hme\u00adi\u200bmim\u2066\u00a0base"
CLEAN = "Café Hmeimim base"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        *(("a.txt", lambda _: DIRTY.encode()), ("a.md", lambda _: DIRTY.encode())),
        *(
            ("a.docx", lambda files: files.docx(files.paragraph(DIRTY))),
            ("a.csv", lambda _: f"title\n{DIRTY}\n".encode()),
        ),
        ("a.jsonl", lambda _: json.dumps({"text": DIRTY + "\x1b[31m\x00", "title": DIRTY, "author": DIRTY}).encode()),
        (
            "a.eml",
            lambda files: files.message(
                text=DIRTY, Subject=f"=?utf-8?q?{'='.join(['', *DIRTY.encode().hex(' ').split()])}?="
            ),
        ),
        ("a.html", lambda _: f"<html><body><p>{DIRTY}</p>".encode()),
    ],
)
def test_what_cannot_be_seen_is_out_of_every_format(files: Any, name: str, make: Any) -> None:
    article = files.one(name, make(files))
    shown = [article.title, article.byline or "", *(block.text for block in article.blocks)]
    assert any(CLEAN in text for text in shown)
    assert not [
        text for text in shown if any(character in text for character in "\u202e\u2066\u00ad\u200b\x1b\0\u00a0")
    ]


def test_attachments_of_a_message_that_did_not_come_as_a_file(files: Any) -> None:
    raw = files.message(
        "Content-Type: text/plain\n\nSee the release.",
        'Content-Type: application/pdf\nContent-Disposition: attachment; filename="the release.txt"\n\n' + STORY,
        Message_ID="<7@wire.example>",
        Subject="Release",
    )
    message = Item("mail", "https://lists.example/7", raw, "message/rfc822", files.seen, title="Release")
    [item] = attachments(message)
    assert isinstance(item, Item)
    assert (item.url, item.title) == ("mid:7@wire.example/the%20release.txt", None)
    assert STORY in files.text(extract(item))
    assert list(attachments(Item("s", "https://n.example/a", b"<html>", "text/html", files.seen))) == []


def test_a_text_without_a_headline_is_titled_by_its_first_words_not_by_its_file(files: Any) -> None:
    sentences = (
        "The ferries between the two ports will stop on Friday, a month earlier than usual, their owners announced.",
        "Fewer than a hundred people a day used them in October, and fuel has become a third dearer since the spring.",
    )
    article = extract(files.item("scan0012.txt", "\n\n".join(sentences).encode()))
    assert (
        article.title
        == "The ferries between the two ports will stop on Friday, a month earlier than usual, their owners …"
    )
    assert Zone.HEADLINE not in {block.zone for block in article.blocks}
