"""How `run` ends where it cannot begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge import app
from bridge.cli import main
from bridge.observe import logs
from bridge.storage.engine import StoreAway, StoreUnusable

_CONFIG = "pbx: [{name: office, host: 127.0.0.1, username: bridge, secret: 4d1f7a90c2e85b36}]"


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        pytest.param(StoreAway("no server"), 1, id="what passes: systemd starts again"),
        pytest.param(app.TakenOver("another follows"), 1, id="it stands by: systemd starts again"),
        pytest.param(StoreUnusable("of a newer version"), 2, id="what a person must change"),
        pytest.param(app.CannotStart("the port is taken"), 2, id="what a person must free"),
    ],
)
def test_only_what_a_person_must_mend_keeps_systemd_from_starting_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception, code: int
) -> None:
    """RestartPreventExitStatus=2 of the unit."""

    async def run(*given: object) -> None:
        raise trouble

    monkeypatch.setattr(app, "run", run)
    monkeypatch.setattr(logs, "configure", lambda **settings: None)
    monkeypatch.setattr("os.umask", lambda mask: mask)  # of a process of its own
    (tmp_path / "bridge.yml").write_text(_CONFIG)
    result = CliRunner().invoke(main, ["run", "-c", str(tmp_path / "bridge.yml")])
    assert (result.exit_code, str(trouble) in result.output) == (code, True), result.output
