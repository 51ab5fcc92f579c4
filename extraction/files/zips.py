"""ZIP and gzip: what is packed in them."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from extraction.cleaning import clean
from extraction.files.limits import Limits
from extraction.files.members import Member, Trouble
from wirewatch.errors import ExtractionError

ENCRYPTED = 1
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError)


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """A ZIP archive; ExtractionError where it is damaged or cut off."""
    try:
        return zipfile.ZipFile(stream)
    except (*DAMAGED, RuntimeError) as error:
        raise ExtractionError(f"a ZIP archive that is damaged or not completely written ({error})") from None


def zip_members(archive: zipfile.ZipFile, limits: Limits) -> Iterator[Member | Trouble]:
    """The files of an archive; hidden ones, and what operating systems leave there, are not articles."""
    for part in archive.infolist():
        name = clean(part.filename)
        names = name.replace("\\", "/").split("/")
        if part.is_dir() or names[0] == "__MACOSX" or names[-1].startswith((".", "~")):
            continue
        if part.flag_bits & ENCRYPTED:
            yield Trouble(name, "it is encrypted: pack it without a password")
        elif part.file_size > limits.ratio_from and part.file_size > limits.ratio * max(1, part.compress_size):
            yield Trouble(name, f"it grows to more than {limits.ratio} times its size: this is no honest archive")
        else:
            try:
                with archive.open(part) as stream:
                    yield Member(name, cast(BinaryIO, stream), compressed=part.compress_size)
            except (*DAMAGED, RuntimeError) as error:
                yield Trouble(name, f"it is damaged ({error})")


def gzip_member(stream: BinaryIO) -> Member:
    """What a gzip file holds."""
    return Member("", cast(BinaryIO, gzip.GzipFile(fileobj=stream)))
