"""CommonMark 0.31.2 and GitHub's extensions, by example: the trees that others' HTML says, against ours.

The examples of the specification come from the source distribution of markdown-it-py, which carries them; pip fetches
it once into pytest's cache. Examples with raw HTML are left out: we show it as text, on purpose.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from chat2anyllm_desktop.render.dialect import parse
from tests.render.trees import from_blocks, from_html

REFERENCE = MarkdownIt("commonmark").enable(["table", "strikethrough"])

EXPECTED_DIFFERENCES = {
    602: "a bare address inside what is no autolink",
    606: "a bare mail address inside what is no autolink",
    608: "a bare address inside what is no autolink",
    611: "a bare address is a link, as GitHub says",
    612: "a bare mail address is a link, as GitHub says",
}
"""Example number to reason; the same list stands in docs/markdown.md."""

BLOCK_SECTIONS = {
    "Tabs",
    "Precedence",
    "Thematic breaks",
    "ATX headings",
    "Setext headings",
    "Indented code blocks",
    "Fenced code blocks",
    "Link reference definitions",
    "Paragraphs",
    "Blank lines",
    "Block quotes",
    "List items",
    "Lists",
}


def _has_raw_html(text: str) -> bool:
    return any(
        token.type == "html_block" or any(child.type == "html_inline" for child in token.children or ())
        for token in REFERENCE.parse(text)
    )


@pytest.fixture(scope="module")
def examples(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    cache = request.config.cache
    assert cache is not None
    name = f"markdown_it_py-{version('markdown-it-py')}"
    kept = Path(cache.mkdir("commonmark-examples")) / f"{name}.json"
    if not kept.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        command += ["--dest", str(kept.parent), f"markdown-it-py=={version('markdown-it-py')}"]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        archive = kept.parent / f"{name}.tar.gz"
        if fetched.returncode or not archive.exists():
            pytest.skip(
                "the source distribution of markdown-it-py, which carries the examples, cannot be fetched"
            )
        with tarfile.open(archive) as source:
            member = source.extractfile(f"{name}/tests/test_cmark_spec/commonmark.json")
            assert member is not None
            kept.write_bytes(member.read())
        archive.unlink()
    found: list[dict[str, Any]] = json.loads(kept.read_text("utf-8"))
    return found


def test_commonmark_examples(examples: list[dict[str, Any]]) -> None:
    assert len(examples) == 652
    tried = [example for example in examples if not _has_raw_html(example["markdown"])]
    assert len(tried) >= 580
    different = {
        example["example"]: example["section"]
        for example in tried
        if from_blocks(parse(example["markdown"])) != from_html(example["html"])
    }
    assert set(different) == set(EXPECTED_DIFFERENCES)
    assert not BLOCK_SECTIONS & set(different.values())


SNIPPETS = (Path(__file__).parent / "snippets.txt").read_text("utf-8").split("\n%%\n")


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippets_as_another_parser_reads_them(number: int) -> None:
    text = SNIPPETS[number] + "\n"
    assert from_blocks(parse(text)) == from_html(REFERENCE.render(text))
