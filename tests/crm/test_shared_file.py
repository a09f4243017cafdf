"""A file of tokens and the token of the configuration that it began with."""

from __future__ import annotations

from bridge.crm.shared_file import begun


def test_a_file_goes_on_from_where_it_is_until_another_beginning_is_written() -> None:
    first = begun({}, "first", {"refresh_token": "first"})
    later = {**first, "refresh_token": "renewed"}
    assert begun(later, "first", {"refresh_token": "first"}) == later
    assert begun(later, "second", {"refresh_token": "second"})["refresh_token"] == "second"


def test_a_file_does_not_hold_the_token_it_began_with() -> None:
    assert "s3cret" not in str(begun({}, "s3cret", {}))
