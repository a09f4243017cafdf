"""Whose voice is heard: every number of the laboratory speaks with a tone of its own."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from operator import mul
from pathlib import Path
from typing import Final

# Multiples of 25 Hz, so that a window of 40 ms tells them apart; the tones of a PBX lie between.
_LOWEST, _APART = 500, 100
_SPEAKERS: Final = (
    *("101", "102", "103", "201", "202", "300"),
    *("+79161234561", "+79161234562", "+79161234563"),
    *("+79161234571", "+79161234572", "+79161234591", "1101"),
)
VOICES: Final = {who: _LOWEST + _APART * place for place, who in enumerate(_SPEAKERS)}
_WINDOW: Final = 0.04  # seconds
_QUIET: Final = 100.0  # of 32768, on average
_PURE, _AMONG_OTHERS = 0.7, 0.15  # shares of the energy


def hertz(number: str) -> int:
    """The tone of this number; others share theirs with somebody who is not in the same office."""
    return VOICES.get(number) or 450 + 100 * (int(number[-3:]) % 13 if number.isdigit() else 0)


def heard_in(file: Path) -> Iterator[tuple[float, frozenset[str]]]:
    """Who is heard at each moment of a recording, in seconds from its beginning."""
    if file.stat().st_size <= 44:
        return
    data = file.read_bytes()
    rate = int.from_bytes(data[24:28], "little") or 16000
    every = rate // 4000  # enough for the highest voice
    samples = array("h", data[44 : len(data) - len(data) % 2])[::every]
    length = round(rate / every * _WINDOW)
    waves = {who: _waves(tone, rate / every, length) for who, tone in VOICES.items()}
    for start in range(0, len(samples) - length, length):
        window = samples[start : start + length]
        yield start / length * _WINDOW, _voices(window, waves)


Waves = tuple[list[float], list[float]]


def _waves(tone: int, rate: float, length: int) -> Waves:
    turns = [2 * math.pi * tone * place / rate for place in range(length)]
    return [math.cos(one) for one in turns], [math.sin(one) for one in turns]


def _voices(window: array[int], waves: dict[str, Waves]) -> frozenset[str]:
    energy = sum(map(mul, window, window))
    if energy < _QUIET**2 * len(window):
        return frozenset()
    shares = {who: _share(window, both, energy) for who, both in waves.items()}
    clear = {who: share for who, share in shares.items() if share > _AMONG_OTHERS}
    return frozenset(clear) if sum(clear.values()) > _PURE else frozenset()


def _share(window: array[int], both: Waves, energy: float) -> float:
    cosine, sine = (sum(map(mul, window, wave)) for wave in both)
    return float(2 * (cosine * cosine + sine * sine) / len(window) / energy)
