"""Answers of servers with something changed in them by chance, in their bytes or their JSON."""

from __future__ import annotations

import json
import random
from typing import Any

_VALUES = (None, 1, -1.5, "", [], {}, "x", True, [1], {"a": 1}, "2025-04-02")
_PIECES = (b"\0", b"\n", b"\r", b",", b'"', b"{", b"\xff", b"9" * 20)


def damaged_answers(body: bytes, n_answers: int, seed: int):
    """Yield copies of an answer, each damaged otherwise, always the same for a seed."""
    chance = random.Random(seed)  # noqa: S311
    is_json = body[:1] in (b"{", b"[")
    for n in range(n_answers):
        if is_json and n % 2:
            yield json.dumps(_changed(json.loads(body), chance)).encode()
        else:
            yield _cut(bytearray(body), chance)


def _changed(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.15:
        return chance.choice(_VALUES)
    if isinstance(value, dict):
        return {k: _changed(v, chance) for k, v in value.items() if chance.random() > 0.08}
    if isinstance(value, list):
        return [_changed(v, chance) for v in value if chance.random() > 0.08]
    return value


def _cut(body: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        kind = chance.random()
        if kind < 0.3 and body:
            del body[chance.randrange(len(body)) :]
        elif kind < 0.7 and body:
            body[chance.randrange(len(body))] = chance.randrange(256)
        else:
            at = chance.randrange(len(body) + 1)
            body[at:at] = chance.choice(_PIECES)
    return bytes(body)
