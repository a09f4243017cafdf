"""Which archive a missing Asterisk is unpacked from, and where it is kept."""

from pathlib import Path

import pytest

from tests.lab.rootfs import NoAsterisk, cache, mirror, unpacking


def test_the_mirror_is_read_from_the_sources_of_this_release(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "a.sources").write_text("Types: deb\nURIs: http://other.example\nSuites: nodistro\n")
    (folder / "debian.sources").write_text(
        "Types: deb\n# a comment\nURIs: http://archive.example/debian\n"
        "Suites: bookworm bookworm-updates\n\n"
        "Types: deb\nURIs: http://archive.example/security\nSuites: bookworm-security\n"
    )
    assert mirror(tmp_path, "bookworm") == "http://archive.example/debian"


def test_a_list_of_one_line_sources_will_do(tmp_path: Path) -> None:
    line = "deb [signed-by=/key.gpg] http://archive.example/debian trixie main\n"
    (tmp_path / "sources.list").write_text(line)
    assert mirror(tmp_path, "trixie") == "http://archive.example/debian"


def test_without_a_source_the_error_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(NoAsterisk, match="add the archive"):
        mirror(tmp_path, "bookworm")


def test_the_cache_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASTERISK_LAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/cache")
    assert cache() == Path("/var/tmp/cache/asterisk-crm-bridge")
    monkeypatch.setenv("ASTERISK_LAB_CACHE", "/srv/asterisk")
    assert cache() == Path("/srv/asterisk")


def test_whoever_waits_is_told_for_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "asterisk-22"
    with unpacking(root) as part:
        assert str(root) in capsys.readouterr().err
        part.mkdir()
    assert root.is_dir()
