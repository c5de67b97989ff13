"""The documents beside the program: what they link to is there, what they quote the program says, and what stands in
tables is what stands in the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.settings import TABLE, Secret, Setting
from chat2anyllm_desktop.ui.shortcuts import TABLE as SHORTCUTS
from chat2anyllm_desktop.ui.shortcuts import Shortcut

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "packaging").rglob("*.md")])


def prose(page: Path) -> str:
    """The text without what stands in code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


@cache
def anchors(page: Path) -> set[str]:
    """What may follow ``#``, as GitHub makes it of headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


def links(page: Path) -> Iterator[str]:
    text = prose(page)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r'(?:src|srcset|href)="([^"]+)"', text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_links_to_is_there(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_and_every_picture_is_linked_from_somewhere() -> None:
    linked = {
        (page.parent / unquote(link).partition("#")[0]).resolve()
        for page in PAGES
        for link in links(page)
        if "://" not in link
    }
    there = {path for kind in ("md", "png", "webp") for path in DOCS.rglob(f"*.{kind}")}
    lost = there - linked
    assert {path.relative_to(ROOT).as_posix() for path in lost} == set()


@cache
def sentences() -> list[str]:
    """Every text in the code of the program; ``{}`` stands for what an f-string puts in."""
    found = []
    for file in (ROOT / "chat2anyllm_desktop").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
                found.append("".join(map(str, parts)))
    return found


def test_the_sentences_of_the_page_on_troubles_are_those_of_the_program() -> None:
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    quotes = [
        " ".join(quote.replace("\n> ", " ")[2:].split())
        for quote in re.findall(r"(?m)^> .+(?:\n> .+)*", page)
    ]
    assert len(quotes) > 20
    unsaid = []
    for quote in quotes:
        # "…" stands for a name, a number or the words of another program.
        pattern = re.compile(".*".join(map(re.escape, filter(None, re.split(r"\s*…\s*", quote)))), re.DOTALL)
        if not any(pattern.search(sentence) for sentence in sentences()):
            unsaid.append(quote)
    assert unsaid == []


def rows(page: str, *, columns: int) -> list[tuple[str, ...]]:
    """The rows of all tables of this width, without their headings."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = []
    for table in re.findall(r"(?m)(?:^\|.*\|\n)+", text):
        lines = [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in table.splitlines()]
        found += [tuple(cell.strip() for cell in line) for line in lines[2:] if len(line) == columns]
    return found


def setting_row(setting: Setting) -> tuple[str, ...]:
    default = setting.default
    if isinstance(default, bool):
        shown = str(default).lower()
    elif isinstance(default, Secret | tuple | None):
        shown = ""
    else:
        shown = f"{default:g}" if isinstance(default, float) else str(default)
    try:
        setting.read("\x01")
        values = ""
    except ValueError as error:
        values = str(error).removeprefix("must be ").removeprefix("one of: ")
    return (
        f"`{setting.name}`",
        f"`{shown}`" if shown else "",
        values.replace("|", "\\|"),
        " ".join(f"`{variable}`" for variable in setting.variables[1:]),
        tr(setting.sentence),
    )


def test_the_page_on_settings_has_every_one_as_it_is() -> None:
    assert rows("settings.md", columns=5) == [setting_row(setting) for setting in TABLE.values()]
    for setting in TABLE.values():
        assert setting.variables[0] == f"CHAT2ANYLLM_{setting.name.upper()}"


def key_row(shortcut: Shortcut) -> tuple[str, ...]:
    def written(keys: tuple[str, ...]) -> str:
        return ", ".join(f"`{key}`" for key in keys)

    name = f"`{shortcut.id}`" if shortcut.in_menu else ""
    mac = written(shortcut.mac_keys) if shortcut.mac_keys is not None else ""
    return (tr(shortcut.text), name, written(shortcut.keys), mac)


def test_the_page_on_keys_has_every_action_as_it_is() -> None:
    assert rows("keys.md", columns=4) == [key_row(shortcut) for shortcut in SHORTCUTS]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no make")
def test_every_word_of_make_that_is_told_is_there() -> None:
    told = {
        word
        for page in PAGES
        for word in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    done = subprocess.run(["make", "help"], cwd=ROOT, text=True, capture_output=True, check=True)
    assert told <= set(re.findall(r"^  make ([a-z-]+)", done.stdout, re.MULTILINE))
    assert "run" in told
