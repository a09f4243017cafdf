"""A wrong webhook is a finding with its line before there is a call."""

from __future__ import annotations

import pytest

from tests.config.conftest import GOOD_PBX, Refused, read, refused

__all__ = ["read", "refused"]

HOOK = """destinations:
  - crm:
      kind: webhook
      url: https://example.org/calls
"""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("when: record.raiting < 3", "no attribute 'raiting'"),
        ("when: record.rating < ", "this is no condition"),
        ("body: '{{ record.client.number'", "this is no template"),
        ("body: '{{ (record.segments | first).agent }}'", "of which little is known"),
        ("events: [hungup]", "none of the words"),
        ("headers: {'X Y': a}", "no name of a header"),
        ("secrets: [a4f1c0d9e, b4f1c0d9e, c4f1c0d9e]", ""),
        ("timeout: 100", "too large"),
    ],
)
def test_a_wrong_line_is_found_with_its_number(refused: Refused, line: str, problem: str) -> None:
    [finding, *_] = refused(GOOD_PBX + HOOK + f"      {line}\n")
    assert (finding.line, problem in str(finding)) == (9, True)


@pytest.mark.parametrize("url", ["ftp://example.org/", "example.org", "{{ record.pbx }}"])
def test_an_address_must_be_one_once_it_is_filled(refused: Refused, url: str) -> None:
    text = GOOD_PBX + HOOK.replace("https://example.org/calls", f"'{url}'")
    [finding, *_] = refused(text)
    assert (finding.line, "must begin with https" in str(finding)) == (8, True)
