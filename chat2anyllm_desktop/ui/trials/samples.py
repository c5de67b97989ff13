"""What the self-test has drawn."""

from __future__ import annotations

from chat2anyllm_desktop.render import nodes

CONSTRUCTS: dict[str, tuple[str, type[nodes.Block]]] = {
    "headings": ("# One\n\n## Two\n\n### Three", nodes.Heading),
    "paragraphs": ("*emphasis*, **strong**, ~~gone~~, `code`, [link](https://example.org)", nodes.Paragraph),
    "lists": ("1. one\n   - two\n     - three\n2. four", nodes.ListBlock),
    "tasks": ("- [x] done\n- [ ] open", nodes.ListBlock),
    "tables": ("| a | b |\n|---|--:|\n| 1 | 2 |", nodes.TableBlock),
    "quotes": ("> one\n>\n> > two", nodes.Quote),
    "rules": ("---", nodes.Rule),
    "details": ("<details open><summary>More</summary>\n\nInside\n\n</details>", nodes.Details),
    "footnotes": ("Text[^1]\n\n[^1]: A note.", nodes.FootnoteDefinition),
}
"""Markdown, and the block that it is."""

CODE = {
    "python": "def f(x: int) -> str:\n    return str(x)  # a number\n",
    "javascript": "const f = (x) => x + 1; // more\n",
    "typescript": "function f(x: number): string { return `${x}`; }\n",
    "java": "public class A { int x = 1; }\n",
    "c": "int main(void) { return 0; }\n",
    "cpp": "auto x = std::vector<int>{1, 2};\n",
    "csharp": "public record A(int X);\n",
    "go": "func main() { fmt.Println(1) }\n",
    "rust": "fn main() -> Result<(), E> { Ok(()) }\n",
    "ruby": "def f(x) = x + 1\n",
    "php": "<?php echo 1;\n",
    "bash": 'for x in 1 2; do echo "$x"; done\n',
    "sql": "SELECT 1 FROM t WHERE a = 'b';\n",
    "json": '{"a": [1, true]}\n',
    "yaml": "a:\n  - b: 1\n",
    "html": '<a href="x">y</a>\n',
    "css": "a { color: red; }\n",
    "diff": "-a\n+b\n",
}

FORMULAS = (
    r"\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
    r"\sum_{i=1}^{n} x_i = \int_0^\infty e^{-x}\,dx",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
)
DIAGRAM = "graph TD\n  A[One] --> B[Two]\n"

COLOUR = (200, 30, 160)
"""Of every pixel of the images: red, green, blue."""
IMAGES = {
    "png": (
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAACXBIWXMAAA7EAAAOxAGVKw4bAAAAZUlEQVRoQ+3PMRHAIADA"
        "QEBItSMHWZXQMfTuf86SeZ49/mx9BbczUDNQM1AzUDNQM1AzUDNQM1AzUDNQM1AzUDNQM1AzUDNQM1AzUDNQM1AzUDNQM1Az"
        "UDNQM1AzUDNQM1AzUHsBw9cCBmU2/yUAAAAASUVORK5CYII="
    ),
    "jpeg": (
        "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhl"
        "bXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
        "fHx8fHx8fHx8fHx8fHz/wAARCABAAEADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAA"
        "AgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6"
        "Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG"
        "x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREA"
        "AgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5"
        "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPE"
        "xcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwClRRRXce4FFFFABRRRQAUUUUAFFFFABRRR"
        "QAUUUUAFFFFABRRRQAUUUUAFFFFABRRRQAUUUUAFFFFABRRRQAUUUUAf/9k="
    ),
    "gif": (
        "R0lGODlhQABAAIAAAAAAAMgeoCwAAAAAQABAAAACRYyPqcvtD6OctNqLs968+w+G4kiW5omm6sq27gvH8kzX9o3n+s73/g8M"
        "CofEovGITCqXzKbzCY1Kp9Sq9YrNarfcrjdQAAA7"
    ),
    "webp": (
        "UklGRk4AAABXRUJQVlA4IEIAAADwAwCdASpAAEAAPu12tlWppyUjIggBMB2JaQDUQoAAEDdTUAV4hbkAAP7hw3+RSLGVv/uD"
        "M+rsD6lGc29v3hwQAAA="
    ),
}
