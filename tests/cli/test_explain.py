"""`asterisk-bridge explain FILE`: the calls of a capture in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import main

GROUP = Path(__file__).parents[1] / "calls" / "group_answered" / "capture.ami"


@pytest.mark.parametrize(
    ("capture", "trunk", "code", "told"),
    [
        pytest.param(GROUP.read_bytes(), "PJSIP/trunk-*", 0, "responsible: 102", id="whole"),
        pytest.param(GROUP.read_bytes()[:-9], "PJSIP/trunk-*", 0, "cut off", id="cut"),
        pytest.param(
            GROUP.read_bytes(), "SIP/no-such-*", 1, "are the trunks right?", id="no trunk"
        ),
        pytest.param(b"\x00\xffnoise\r\n\r\n", "PJSIP/trunk-*", 1, "byte 0: ", id="noise"),
        pytest.param(b"", "PJSIP/trunk-*", 1, "no client's call", id="empty"),
    ],
)
def test_what_a_capture_tells(
    tmp_path: Path, capture: bytes, trunk: str, code: int, told: str
) -> None:
    (tmp_path / "capture.ami").write_bytes(capture)
    run = ["explain", "--trunk", trunk, str(tmp_path / "capture.ami")]
    result = CliRunner().invoke(main, run)
    assert (result.exit_code, told in result.output) == (code, True), result.output


def test_the_configuration_says_who_is_who(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yml"
    config.write_text(f"""\
folder: {tmp_path}
pbx: [{{name: office, username: bridge, secret: jk3h4k2j3h4, trunks: ["PJSIP/trunk-*"]}}]
agents: [{{extension: "22", name: Bob, endpoints: ["PJSIP/102"]}}]
destinations: [{{crm: {{kind: builtin, file: {tmp_path}/crm.db}}}}]
""")
    result = CliRunner().invoke(main, ["explain", "-c", str(config), str(GROUP)])
    assert "responsible: 22, " in result.output
