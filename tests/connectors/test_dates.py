"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.dates import parse_date


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 16 Nov 2020 13:16:28 GMT", utc(2020, 11, 16, 13, 16, 28)),
        ("Mon, 16th Nov 2020 13:16:28 GMT", utc(2020, 11, 16, 13, 16, 28)),
        ("16 Nov 2020 13:16 +0200", utc(2020, 11, 16, 11, 16)),
        ("Tue, 28 Nov 2017 15:40:00 EST", utc(2017, 11, 28, 20, 40)),
        ("Nov. 16, 2020, 10:57 a.m.", utc(2020, 11, 16, 10, 57)),
        ("November 16, 2020 10:57 PM CEST", utc(2020, 11, 16, 20, 57)),
        ("2020-11-16T13:16:28Z", utc(2020, 11, 16, 13, 16, 28)),
        ("2020-11-16T13:16:28.123456789+01:00", utc(2020, 11, 16, 12, 16, 28)),
        ("2020-11-16", utc(2020, 11, 16)),
        ("2020-11-16 13:16", utc(2020, 11, 16, 13, 16)),
        ("2020/1/10 14:33:00", utc(2020, 1, 10, 14, 33)),
        ("20201116T131628Z", utc(2020, 11, 16, 13, 16, 28)),
        ("  2020-11-16T13:16:28Z\n", utc(2020, 11, 16, 13, 16, 28)),
        ("Seg, 24 Set 2018 19:42:40 -0300", utc(2018, 9, 24, 22, 42, 40)),
        ("ven., 03 juil. 2020 08:00:00 +0200", utc(2020, 7, 3, 6)),
        ("Mi, 04 Dez 2019 10:00:00 +0100", utc(2019, 12, 4, 9)),
        ("lunes, 5 de enero de 2026", utc(2026, 1, 5)),
        ("вт, 03 фев 2026 10:00:00 +0300", utc(2026, 2, 3, 7)),
        ("3 февраля 2026 10:00", utc(2026, 2, 3, 10)),
        ("czw., 12 lut 2026 09:00:00 +0100", utc(2026, 2, 12, 8)),
        ("12 Şubat 2026 09:00", utc(2026, 2, 12, 9)),
        ("2026年2月3日 10:20", utc(2026, 2, 3, 10, 20)),
    ],
)
def test_dates_that_can_be_read(text: str, moment: datetime) -> None:
    found = parse_date(text)
    assert found is not None
    assert found.replace(microsecond=0) == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "0000-00-00T00:00:00Z",
        "10:30",
        "Monday",
        "99999999999999",
        "16 Nov",
        "x" * 5000,
        "1 1 1 1 1 1",
    ],
)
def test_dates_that_cannot(text: str | None) -> None:
    assert parse_date(text) is None
