"""Documents and archives, made by the tests themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from extraction import extract, unpack
from extraction.files.limits import LIMITS, Limits
from wirewatch.errors import ExtractionError
from wirewatch.model import Article, Failure, Item, Zone

SEEN = datetime(2026, 11, 22, 2, 44, tzinfo=UTC)
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


class Files:
    """Makes files, and reads them."""

    seen = SEEN

    def item(self, name: str, raw: bytes, **fields: Any) -> Item:
        return Item("inbox", f"file:///inbox/{name}", raw, "text/plain", SEEN, path=name, **fields)

    def unpacked(
        self, name: str, raw: bytes, fields: tuple[tuple[str, str], ...] = (), limits: Limits = LIMITS
    ) -> list[Item | Failure]:
        return list(unpack(io.BytesIO(raw), self.item(name, raw), fields, limits))

    def read(self, name: str, raw: bytes, **options: Any) -> list[Article]:
        """The articles of a file; the failures of its members are the test's to look for elsewhere."""
        return [extract(each) for each in self.unpacked(name, raw, **options) if isinstance(each, Item)]

    def one(self, name: str, raw: bytes) -> Article:
        [article] = self.read(name, raw)
        return article

    def failure(self, name: str, raw: bytes) -> str:
        with pytest.raises(ExtractionError) as caught:
            self.read(name, raw)
        return str(caught.value)

    def zip(self, members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return target.getvalue()

    def docx(self, body: str, **parts: str) -> bytes:
        document = f"<?xml version='1.0'?><w:document {WORD}><w:body>{body}</w:body></w:document>"
        return self.zip({"[Content_Types].xml": "<Types/>", "word/document.xml": document, **parts})

    def paragraph(self, text: str, style: str = "") -> str:
        named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{named}<w:r><w:t>{text}</w:t></w:r></w:p>"

    def pdf(self, *pages: list[str], info: str = "", trailer: str = "") -> bytes:
        """A PDF with a line of text at each step down the page."""
        kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
        objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        for number, lines in enumerate(pages):
            shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
            content = f"BT /F1 10 Tf 40 780 Td {shown} ET"
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
                "/Resources << /Font << /F1 3 0 R >> >> >>"
            )
            objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(f"<< {info} >>")
        written = "%PDF-1.4\n"
        places = []
        for number, each in enumerate(objects, 1):
            places.append(len(written))
            written += f"{number} 0 obj\n{each}\nendobj\n"
        table = "".join(f"{place:010} 00000 n \n" for place in places)
        written += (
            f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R {trailer} >>\n"
            f"startxref\n{len(written)}\n%%EOF\n"
        )
        return written.encode("latin-1")

    def message(self, *parts: str, text: str = "The convoy reached Hmeimim.", **headers: str) -> bytes:
        said = {"From": "Ann Bee <ann@wire.example>", "MIME-Version": "1.0"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        lines = [f"{name}: {value}" for name, value in said.items()]
        if not parts:
            return "\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text, ""]).encode()
        split = "\n".join(f"--edge\n{part}" for part in parts)
        return "\n".join([*lines, "Content-Type: multipart/mixed; boundary=edge", "", split, "--edge--", ""]).encode()

    def text(self, article: Article, *, furniture: bool = False) -> str:
        return "\n".join(block.text for block in article.blocks if (block.zone is Zone.FURNITURE) is furniture)


@pytest.fixture(scope="session")
def files() -> Files:
    return Files()
