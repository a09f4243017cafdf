"""Whoever comes with a question finds the page, and each page says for whom it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from bridge.domain.story import ODDITIES
from bridge.web.rights import Right
from tests.project.requirements import ROOT

DOCS: Final = ROOT / "docs"
INDEX: Final = DOCS / "README.md"
PAGES: Final = sorted(page for page in DOCS.glob("*.md") if page != INDEX)
READ: Final = (ROOT / "README.md", INDEX, *PAGES)


def test_the_index_leads_to_every_page() -> None:
    assert set(re.findall(r"\((\w+\.md)\)", INDEX.read_text("utf-8"))) == {p.name for p in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_begins_with_who_needs_it(page: Path) -> None:
    assert re.match(r"# .+\n\nFor (?:the|whoever)\b", page.read_text("utf-8"))


@pytest.mark.parametrize("page", READ, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_what_a_page_leads_to_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    links = [page.parent / link for link in re.findall(r"\]\(([\w./-]+)\)", text)]
    named = [ROOT / name for name in re.findall(r"`((?:docs|config|bridge|tests)/[\w./-]+)`", text)]
    assert [str(path) for path in (*links, *named) if not path.exists()] == []


def test_every_oddity_of_a_record_is_explained() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \|", (DOCS / "tracking.md").read_text("utf-8"))
    assert set(ODDITIES) <= set(rows)


def test_every_right_is_told_where_tokens_are_given() -> None:
    sample = (ROOT / "config" / "asterisk-bridge.yml").read_text("utf-8")
    listed = sample.partition("rights: [")[2].partition("session_lasts")[0]
    assert set(Right) <= set(re.findall(r"[a-z]+", listed))
