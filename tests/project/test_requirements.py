"""Which test proves which fact is written down, and true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.requirements import DOCUMENT, ROOT, UnknownFact, facts, filled, proofs

DOCUMENTED = "| fact | says | proven by |\n| S1-01 | Two numbers | |\n| S1-02 | A group | `old` |\n"


def test_the_document_holds_every_fact() -> None:
    assert len(facts(DOCUMENT.read_text("utf-8"))) == 64 + 32 + 52 + 37 + 44


def test_the_document_is_up_to_date() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert filled(text, proofs(ROOT / "tests")) == text, "run: make requirements"


def test_a_marker_counts_for_its_test_or_else_for_its_file(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_rules.py").write_text(
        "import pytest\n"
        "ROWS = [pytest.param(1, marks=pytest.mark.proves('S1-02'))]\n"
        "@pytest.mark.proves('S1-01', 'S1-02')\n"
        "async def test_group(): ...\n"
        "class TestNumbers:\n"
        "    @pytest.mark.proves('S1-01')\n"
        "    def test_both(self): ...\n"
    )
    assert proofs(tests) == {
        "S1-01": ["tests/test_rules.py::TestNumbers::test_both", "tests/test_rules.py::test_group"],
        "S1-02": ["tests/test_rules.py", "tests/test_rules.py::test_group"],
    }


def test_a_proof_that_is_gone_leaves_the_document() -> None:
    assert filled(DOCUMENTED, {"S1-01": ["tests/a.py::b"]}).splitlines()[1:] == [
        "| S1-01 | Two numbers | `tests/a.py::b` |",
        "| S1-02 | A group | |",
    ]


def test_a_marker_with_an_unknown_number_is_refused() -> None:
    with pytest.raises(UnknownFact, match="S9-99"):
        filled(DOCUMENTED, {"S9-99": ["tests/a.py::b"]})
