"""Where a path of the PBX lies here, and that no path leads anywhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from bridge.recordings.paths import Outside, locate
from bridge.recordings.settings import PathMapping


@pytest.fixture
def folders(spool: Path) -> list[PathMapping]:
    return [
        PathMapping(pbx=PurePosixPath("/var/spool/asterisk/monitor"), local=spool),
        PathMapping(pbx=PurePosixPath("/mnt/archive"), local=spool / "archive"),
    ]


@pytest.mark.parametrize(
    ("pbx_path", "here"),
    [
        ("/var/spool/asterisk/monitor/2026/03/a.wav", "2026/03/a.wav"),
        ("/mnt/archive/a.wav", "archive/a.wav"),
        ("2026/a.wav", "2026/a.wav"),
        ("/var/spool/asterisk/monitor/имя с пробелом.wav", "имя с пробелом.wav"),
    ],
)
def test_a_path_of_the_pbx_is_a_file_here(
    folders: list[PathMapping], spool: Path, pbx_path: str, here: str
) -> None:
    assert locate(pbx_path, folders) == spool / here


@pytest.mark.parametrize(
    "pbx_path",
    [
        "round/and/round.wav",
        "/etc/passwd",
        "/var/spool/asterisk/monitor/../../../../etc/passwd",
        "../secret.wav",
        "a/../../secret.wav",
        "/var/spool/asterisk/monitoring/a.wav",
        "/var/spool/asterisk/monitor/link/passwd",
        "a\0.wav",
    ],
)
def test_no_path_leads_out_of_the_folders(
    folders: list[PathMapping], spool: Path, pbx_path: str
) -> None:
    (spool / "link").symlink_to("/etc")
    (spool / "round").symlink_to("round")
    with pytest.raises(Outside):
        locate(pbx_path, folders)
