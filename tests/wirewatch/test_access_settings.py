"""Settings of a source that say how it is asked: errors name the place, and no secret is taken that is written out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from wirewatch.access import Access
from wirewatch.cadence import Adaptive
from wirewatch.config import LoadedFile, load_file


def loaded(folder: Path, source: dict[str, Any], **sections: Any) -> LoadedFile:
    file = folder / "wirewatch.yaml"
    sources = [{"name": "wire", "feed": "https://wire.example/rss", **source}]
    file.write_text(yaml.safe_dump({**sections, "sources": sources}, sort_keys=False), encoding="utf-8")
    return load_file(file)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({"auth": {"user": "desk", "password": "canary"}}, "`password` is written out; put it in the environment"),
        ({"auth": {"token": "canary"}}, "${SITE_TOKEN}"),
        ({"auth": {"user": "desk"}}, "either `user:` and `password:`, or `token:`"),
        ({"auth": {"user": "desk", "password": "${A}", "token": "${B}"}}, "either `user:`"),
        ({"auth": {"password": "${A}"}}, "either `user:`"),
        ({"headers": {"X-Api-Key": "canary"}}, "write ${X_API_KEY}"),
        ({"headers": {"Authorization": "Bearer canary"}}, "`Authorization` holds a secret that is written out"),
        ({"headers": {"X-Site": "canary4f9a8b7c6d5e4f3a2b1c0d"}}, "`X-Site` holds a secret"),
        ({"headers": {"If-None-Match": '"x"'}}, "set by wirewatch itself"),
        ({"headers": {"Host": "other.example"}}, "set by wirewatch itself"),
        ({"headers": {"X-A\nB": "c"}}, "is not a header's name"),
        ({"headers": {"X-A": "b\r\nX-C: d"}}, "line ends"),
        ({"cookies": {"session": "canary"}}, "`session` holds a secret"),
        ({"cookies": {"a": "b; c=d"}}, "one cookie a line"),
        ({"cookies": {"a b": "c"}}, "is not a cookie's name"),
        ({"proxy": "socks5://127.0.0.1:1080"}, "is not an HTTP proxy; write http://host:port"),
        ({"proxy": "http://desk:canary@proxy.internal:3128"}, "password is written out"),
        ({"feed": "https://desk:canary@wire.example/rss"}, "the address carries a login"),
        ({"adaptive": {"least": "2h", "most": "1h"}}, "`least` is the shorter time"),
        ({"adaptive": {"least": "soon", "most": "1h"}}, "write true, false, or {least: 5m, most: 6h}"),
        ({"adaptive": "often"}, "write true, false, or {least: 5m, most: 6h}"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_repeated(tmp_path: Path, source: dict[str, Any], says: str) -> None:
    file = loaded(tmp_path, source)
    [problem] = file.problems
    assert says in str(problem)
    assert "canary" not in str(problem)
    assert problem.item == ("sources", "wire")
    assert problem.place.line >= 2
    assert file.configuration.sources == ()


@pytest.mark.parametrize("key", ["auth", "headers", "cookies", "proxy", "robots"])
def test_a_folder_is_not_fetched(tmp_path: Path, key: str) -> None:
    values = {"auth": {"token": "${T}"}, "proxy": "${P}", "robots": False}
    file = loaded(tmp_path, {"feed": None, "folder": "./inbox", key: values.get(key, {"a": "b"})})
    [problem] = file.problems
    assert f"`{key}:` goes with" in str(problem)


def test_what_is_right_is_taken_as_written(tmp_path: Path) -> None:
    settings = {
        "auth": {"user": "desk", "password": "${PASSWORD}"},
        "headers": {"Accept-Language": "fr-CH, fr;q=0.9", "X-Api-Key": "${KEY}"},
        "cookies": {"consent": "yes", "session": "s-${SESSION}"},
        "proxy": "http://desk:${PROXY_PASSWORD}@proxy.internal:3128",
        "robots": False,
    }
    file = loaded(tmp_path, settings)
    [source] = file.configuration.sources
    assert not file.problems
    assert source.access == Access(
        user="desk",
        password="${PASSWORD}",
        headers=(("Accept-Language", "fr-CH, fr;q=0.9"), ("X-Api-Key", "${KEY}")),
        cookies=(("consent", "yes"), ("session", "s-${SESSION}")),
        proxy="http://desk:${PROXY_PASSWORD}@proxy.internal:3128",
    )
    assert not source.robots


def test_a_source_of_which_nothing_is_said_has_no_access(tmp_path: Path) -> None:
    [source] = loaded(tmp_path, {}).configuration.sources
    assert (source.access, source.adaptive, source.robots) == (None, None, True)


@pytest.mark.parametrize(
    ("every", "setting", "bounds"),
    [
        ("15m", True, (3.75, 120)),
        ("1m", True, (1, 8)),
        ("30s", True, (0.5, 4)),
        ("2h", True, (30, 360)),
        ("1d", True, (360, 1440)),
        ("15m", {"least": "5m", "most": "6h"}, (5, 360)),
    ],
)
def test_adaptive(tmp_path: Path, every: str, setting: Any, bounds: tuple[float, float]) -> None:
    [source] = loaded(tmp_path, {"every": every, "adaptive": setting}).configuration.sources
    assert source.adaptive == Adaptive(*(timedelta(minutes=minutes) for minutes in bounds))
    [source] = loaded(tmp_path, {"every": every}, defaults={"adaptive": setting}).configuration.sources
    assert source.adaptive == Adaptive(*(timedelta(minutes=minutes) for minutes in bounds))
    [source] = loaded(tmp_path, {"adaptive": False}, defaults={"adaptive": setting}).configuration.sources
    assert source.adaptive is None
