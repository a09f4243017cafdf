"""What a header says of the sound, in files of real tools and in broken ones."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recordings import wav


def read(data: bytes) -> wav.Wav | None:
    return wav.read(io.BytesIO(data), len(data))


@pytest.mark.parametrize("made_by", ["tone", "streamed", "tagged"])
def test_the_length_of_the_sound_is_known(made_by: str, request: pytest.FixtureRequest) -> None:
    found = read(request.getfixturevalue(made_by))
    assert found is not None
    assert found.seconds == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    ("made_by", "whole"), [("tone", True), ("streamed", False), ("tagged", True)]
)
def test_a_header_is_whole_when_it_tells_the_size_of_the_sound(
    made_by: str, whole: bool, request: pytest.FixtureRequest
) -> None:
    found = read(request.getfixturevalue(made_by))
    assert found is not None
    assert found.whole is whole


def test_a_file_that_is_still_written_is_not_whole(tone: bytes) -> None:
    found = read(tone[:-1000])
    assert found is not None
    assert not found.whole


def test_a_mended_header_is_the_one_that_a_tool_would_have_written(tone: bytes) -> None:
    crashed = tone[:4] + b"\0\0\0\0" + tone[8:40] + b"\0\0\0\0" + tone[44:]
    file = io.BytesIO(crashed)
    found = wav.read(file, len(crashed))
    assert found is not None
    wav.mend(file, found)
    assert file.getvalue() == tone


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_bytes_whatever_raise(noise: bytes, keep: int) -> None:
    header = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0\0"
    read(noise)
    read(header[:keep] + noise)
