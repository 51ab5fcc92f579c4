"""Readers that do to their worker what the worst documents do; in a module that workers load fast."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from extraction.extract import extract, extract_whole
from wirewatch.model import Article, Item


def burn(item: Item, *_: Any) -> Article:
    while True:
        pass


def sleep(item: Item, *_: Any) -> Article:
    time.sleep(600)
    raise AssertionError


def fill(item: Item, *_: Any) -> Article:
    held = []
    while True:
        held.append(bytearray(32 * 2**20))


def crash(item: Item, *_: Any) -> Article:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def fail(item: Item, *_: Any) -> Article:
    raise KeyError("some library's own mistake")


def fragile(item: Item, *_: Any) -> Article:
    if b"poison" in item.raw:
        raise RecursionError("too deep")
    return extract(item)


def deadly(item: Item, *_: Any) -> Article:
    if b"poison" in item.raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    return extract(item)


def as_whole_text(item: Item) -> Article:
    return extract_whole(item, "an older version")
