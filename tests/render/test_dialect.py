"""The dialect as an extension of Python-Markdown, and the HTML that leaves the program."""

from __future__ import annotations

import pytest
from markdown import Markdown

from chat2anyllm_desktop.render.dialect import ModelMarkdown, to_html

CASES = {
    "# a *b*": "<h1>a <em>b</em></h1>",
    "a\n- b\n- **c**": "<p>a</p>\n<ul><li>b</li><li><strong>c</strong></li></ul>",
    "3. a\n\n4. b": '<ol start="3"><li><p>a</p>\n</li><li><p>b</p>\n</li></ol>',
    "- [x] a": '<ul><li><input checked disabled type="checkbox"> a</li></ul>',
    "```C++\na < b && c\n```": '<pre><code class="language-c++">a &lt; b &amp;&amp; c\n</code></pre>',
    "| a |\n|:-:|\n| ~~b~~ |": (
        '<table><tr><th align="center">a</th></tr><tr><td align="center"><del>b</del></td></tr></table>'
    ),
    '[a](http://b "c") ![d](https://e)': '<p><a href="http://b" title="c">a</a> <a href="https://e">d</a></p>',
    "[a](javascript:b)": "<p>a</p>",
    "$x$ \\(y\\)\n\n$$z$$": "<p>\\(x\\) \\(y\\)</p>\n<p>\\[z\\]</p>",
    "a<br>b H<sub>2</sub>O <b>": "<p>a<br>b H<sub>2</sub>O &lt;b&gt;</p>",
    "> a\n\n---": "<blockquote><p>a</p>\n</blockquote>\n<hr>",
    "<details open><summary>a</summary>\n\nb": "<details open><summary>a</summary><p>b</p>\n</details>",
    "a[^1]\n\n[^1]: b": (
        '<p>a<sup><a href="#footnote-1">1</a></sup></p>\n<div id="footnote-1"><sup>1</sup><p>b</p>\n</div>'
    ),
    "<div>": "<pre>&lt;div&gt;</pre>",
    "`&lt;` &amp;lt; &lt;": "<p><code>&amp;lt;</code> &amp;lt; &lt;</p>",
    " ": "",
}


@pytest.mark.parametrize(("text", "html"), CASES.items(), ids=repr)
def test_html(text: str, html: str) -> None:
    assert to_html(text) == html


def test_it_is_an_extension_like_any_other() -> None:
    converter = Markdown(extensions=[ModelMarkdown()])
    assert converter.convert("a\n- b") == "<p>a</p>\n<ul><li>b</li></ul>"
    assert converter.reset().convert("*c*") == "<p><em>c</em></p>"
