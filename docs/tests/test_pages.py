"""Run every Python block of the book, page by page, in one namespace each; parse every plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import karat

ROOT = Path(__file__).parent.parent.parent
PAGES = [*sorted((ROOT / "docs" / "src").rglob("*.md")), ROOT / "README.md"]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [code for found, code in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name
)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "page"}
    for code in blocks(page, "python"):
        exec(compile(code, str(page), "exec"), namespace)


def test_the_plan_of_the_how_to_page_is_a_plan() -> None:
    page = next(page for page in PAGES if page.parts[-2:] == ("howto", "plan.md"))
    plan = karat.Plan.from_toml("\n".join(blocks(page, "toml")))
    assert plan.to_toml()


def test_every_page_is_in_the_summary_and_every_link_leads_somewhere() -> None:
    source = Path(__file__).parent.parent / "src"
    summary = (source / "SUMMARY.md").read_text(encoding="utf-8")
    for page in source.rglob("*.md"):
        if page.name != "SUMMARY.md":
            assert str(page.relative_to(source)) in summary, page
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page}: {target}"
