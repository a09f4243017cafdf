"""The sample shows every key of the configuration: it is the reference that documents refer to."""

from __future__ import annotations

from typing import Final

from tests.project.sample import SAMPLE, untold

# Spans of a day are written as a text, 09:00-18:00.
TEXTS: Final = ("Span",)
# What every channel of alerts has is shown at one of them.
COMMON: Final = {
    f"{channel}.{key}"
    for channel in ("EmailSettings", "WebhookSettings")
    for key in ("name", "about", "quiet", "timeout")
}


def test_every_key_stands_in_the_sample() -> None:
    assert untold(SAMPLE, *TEXTS) - COMMON == set()


def test_a_key_that_is_not_shown_is_seen() -> None:
    without = SAMPLE.replace("jitter:", "jittre:").replace("# member_id:", "# ")
    assert untold(without, *TEXTS) - COMMON == {
        "CacheSettings.jitter",
        "Bitrix24Settings.member_id",
    }
