"""What is asked for again is kept; what is not makes room."""

from __future__ import annotations

from wirewatch.memory import Memory


def test_room_is_bounded_and_what_is_in_use_stays() -> None:
    memory: Memory[int, str] = Memory(10)
    for number in range(1_000):
        memory.put(number, str(number))
        assert memory.get(0) == "0"
    assert len(memory.recent) <= 10
    assert [number for number in range(1_000) if memory.get(number)][1] >= 980
