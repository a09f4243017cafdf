"""A signed link opens one recording until it expires; whatever is changed in it, it opens none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bridge.recordings.links import Links

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINKS = Links(base="https://calls.example/", secret=b"one secret", lasts=timedelta(days=30))


def parts(url: str) -> dict[str, str]:
    split = urlsplit(url)
    asked = parse_qs(split.query)
    call_id, recording = map(unquote, split.path.removeprefix("/shared/").split("/"))
    return {
        "call_id": call_id,
        "recording": recording,
        "until": asked["until"][0],
        "signature": asked["sign"][0],
    }


GOOD = parts(LINKS.url("pbx-1.1", "1.1/1 ?", NOW))


def test_a_link_is_good_until_it_expires() -> None:
    opens = [LINKS.allows(**GOOD, now=NOW + timedelta(days=days)) for days in (0, 29.9, 30)]
    assert opens == [True, True, False]


@pytest.mark.parametrize(
    "other",
    [
        {"call_id": "pbx-1.2"},
        {"recording": "1.1/2"},
        {"call_id": "pbx-1.11", "recording": ".1/1 ?"},
        {"until": str(int(GOOD["until"]) + 1)},
        {"until": "9" * 40},
        {"until": "-1"},
        {"until": "١٢٣"},
        {"until": ""},
        {"signature": ""},
        {"signature": GOOD["signature"][:-1]},
        {"signature": "ё"},
    ],
)
def test_whatever_is_changed_it_opens_nothing(other: dict[str, str]) -> None:
    assert not LINKS.allows(**(GOOD | other), now=NOW)


def test_a_new_secret_ends_every_link() -> None:
    other = Links(base=LINKS.base, secret=b"another", lasts=LINKS.lasts)
    assert not other.allows(**GOOD, now=NOW)
