"""Remembers what was worked out lately, in bounded room."""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """Values by key, the latest `most` and up to as many older ones; threads may share it.

    `recent` is there to be looked up many times in a row at the least cost; what it lacks may still be in `get`.
    """

    def __init__(self, most: int) -> None:
        self.recent: dict[Key, Value] = {}
        self._older: dict[Key, Value] = {}
        self._most = most

    def get(self, key: Key) -> Value | None:
        """A value, which counts as recent from now on; None where it is not remembered (None is no value)."""
        value = self.recent.get(key)
        if value is None:
            value = self._older.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> Value:
        """Remember a value, and give it back."""
        if len(self.recent) >= self._most:
            self._older, self.recent = self.recent, {}
        self.recent[key] = value
        return value
