"""A machine without a real server proves less, and says so; CI does not pass without one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.lab.absent import UNTRIED, Absent, loud, loudly_skipped
from tests.lab.office import office
from tests.lab.phones import NoTelephones
from tests.lab.rootfs import NoAsterisk
from tests.project.requirements import ROOT


def test_ci_fails(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    with pytest.raises(NoAsterisk), loudly_skipped(request.node):
        raise NoAsterisk("run as root")


def test_elsewhere_the_test_is_skipped_and_noted(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(request.node, "user_properties", [])
    with pytest.raises(pytest.skip.Exception, match="run as root"), loudly_skipped(request.node):
        raise NoAsterisk("run as root")
    assert request.node.user_properties == [(UNTRIED, "Asterisk")]


def test_the_summary_names_what_nothing_was_tried_on() -> None:
    why = ("test_x.py", 1, "Skipped: no Asterisk: run as root")
    told = [
        pytest.TestReport(
            name, ("test_x.py", 1, name), {}, "skipped", why, "setup", user_properties=properties
        )
        for name, properties in (("a", [(UNTRIED, "Asterisk")]), ("b", [(UNTRIED, "Asterisk")]))
    ]
    assert list(loud(told)) == [
        ("2 TESTS WERE NOT TRIED ON A REAL ASTERISK", "no Asterisk: run as root")
    ]


def test_every_absence_says_what_is_absent() -> None:
    from tests.cache.conftest import NoRedis
    from tests.lab.odoo import NoOdoo
    from tests.lab.postgres import NoPostgres

    kinds: list[type[Absent]] = [NoAsterisk, NoOdoo, NoPostgres, NoRedis, NoTelephones]
    assert [one.what for one in kinds] == ["Asterisk", "Odoo", "PostgreSQL", "Redis", "telephone"]


async def test_where_there_are_no_softphones_no_office_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pjsua2", None)
    with pytest.raises(NoTelephones, match="PYTHON=/path/to"):
        await office().__aenter__()


def test_the_demo_says_what_it_lacks() -> None:
    hidden = "import runpy, sys; sys.modules['pjsua2'] = None; "
    demo = hidden + "runpy.run_module('tests.lab.demo', run_name='__main__')"
    run = subprocess.run(
        [sys.executable, "-c", demo], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 1
    assert run.stderr.startswith("The demo needs a real telephone: the softphones")
