"""What is copied from web pages and documents, as Markdown; what is copied from editors, as it is."""

from __future__ import annotations

import pytest

from chat2anyllm_desktop.render.from_html import markdown_of

ARTICLE = """<html><head><title>no</title><style>p {}</style></head><body><!--StartFragment-->
<h2 style="color: rgb(0, 0, 0)">A <i>title</i></h2>
<p>Some <strong>bold</strong>, <em>soft</em>, snake_case, 2*3*4 and <a href="https://e.org/a b" title="t">a link</a>,
<a href="https://e.org">https://e.org</a>, <code>a|b</code>, <del>gone</del>.<br>Next line &lt;tag&gt; &amp; more</p>
<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul><ol start="3"><li><p>x</p></li><li>y</li></ol>
<pre class="highlight"><code class="language-python">def f():
    return 1 &lt; 2
</code></pre><blockquote><p>said</p></blockquote>
<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td colspan="2">2|3</td></tr></tbody></table>
<script>alert(1)</script><!--EndFragment--></body></html>"""


def test_an_article_keeps_what_it_has() -> None:
    assert markdown_of(ARTICLE, "whatever") == (
        "## A *title*\n\n"
        "Some **bold**, *soft*, snake_case, 2*3*4 and [a link](https://e.org/a%20b),\n"
        "https://e.org, `a|b`, ~~gone~~.\\\nNext line <tag> & more\n\n"
        "- one\n  - two\n- three\n\n3. x\n4. y\n\n"
        "```python\ndef f():\n    return 1 < 2\n```\n\n"
        "> said\n\n"
        "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |"
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        # VS Code
        (
            "<meta charset='utf-8'><div style=\"font-family: Consolas, monospace;white-space: pre;\"><div>"
            '<span style="color: #569cd6;">def</span><span> f():</span></div><div>    pass</div></div>',
            "def f():\n    pass",
        ),
        # JetBrains
        (
            '<html><head><meta http-equiv="content-type" content="text/html; charset=UTF-8"></head><body>'
            '<pre style="background-color:#2b2b2b"><span style="color:#cc7832;">def </span>f():<br>    <b>pass</b></pre>'
            "</body></html>",
            "def f():\n    pass",
        ),
        # Code of a web page
        ("<pre><code class='language-py'>x = 1\ny = 2\n</code></pre>", "x = 1\ny = 2"),
        # A word, a line
        ("<b>word</b>", "word"),
        ("<code>name</code>", "name"),
        ('<a href="https://e.org">a link</a>', "a link"),
        # Nothing that plain text would lose
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<ul></ul>", ""),
    ],
)
def test_code_and_plain_text_stay_what_they_are(html: str, text: str) -> None:
    assert markdown_of(html, text) is None


def test_code_among_text_is_fenced() -> None:
    html = "<p>Run:</p><pre>make\nmake test</pre>"
    assert markdown_of(html, "Run:\nmake\nmake test") == "Run:\n\n```\nmake\nmake test\n```"


def test_google_documents_are_not_all_bold() -> None:
    html = '<b style="font-weight:normal;" id="docs-internal-guid-1"><p><span>one</span></p><ul><li>a <b>x</b></li></ul></b>'
    assert markdown_of(html, "one\na x") == "one\n\n- a **x**"


def test_a_spreadsheet_is_a_table() -> None:
    html = "<table><col width=64><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>"
    assert markdown_of(html, "a\t1\nb\t2") == "| a | 1 |\n| --- | --- |\n| b | 2 |"


def test_nothing_can_be_loaded_or_opened_by_it() -> None:
    html = (
        '<h1>x</h1><img src="file:///etc/passwd" alt="a cat"><img src="https://track.example/1.gif">'
        '<a href="javascript:a()">js</a>'
        '<a href="file:///etc/passwd">file</a><iframe src="https://e.org">in</iframe><link href="https://e.org/x.css">'
        '<svg onload="x()"><a href="data:text/html,x">data</a></svg>'
    )
    assert markdown_of(html, "x") == "# x\n\na catjsfileindata"


HOSTILE = {
    "ten megabytes": "<li>" + "<p>word</p>" * 1_000_000,
    "comments that never end": "<li>" + "<!--" * 400_000,
    "scripts that never end": "<li>" + "<script " * 200_000,
    "tags that never end": "<li>" + "<a " * 30_000,
    "quotes that never end": "<li>" + '<a b="' * 15_000,
    "spaces in a tag": "<li" + " " * 1_900_000,
    "deep": "<div>" * 20_000 + "<li>x",
    "deep lists": "<ul><li>" * 200 + "x\n" * 10_000,
    "a long numbered list": "<ol>" + "<li>x</li>" * 7_000,
    "a very wide cell": "<table><tr><td colspan=1000000000>x<td>y</table>",
    "many tags": "<li>" + "<em>x</em>" * 7_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_html_becomes_nothing_large_and_takes_no_long_time(name: str) -> None:
    """Some of these took minutes before the HTML was reduced."""
    found = markdown_of(HOSTILE[name], "text")
    assert found is None or len(found) < 200
