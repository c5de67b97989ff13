"""Gathers the words of the program into resources/languages/*.ts, for Qt Linguist, and compiles them for the window.

    python packaging/translations.py            update the .ts files and compile them
    python packaging/translations.py --check    change nothing; status 1 when something is missing or out of date

The words are the literals in ``tr("…")`` and ``mark("…")`` (chat2anyllm_desktop/core/language.py). They are read from the
syntax tree, because lupdate knows no functions of one's own in Python. What is translated stays; what is gone from the code
is dropped.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chat2anyllm_desktop"
FOLDER = ROOT / "resources" / "languages"
CONTEXT = "chat2anyllm"
FORMS = {"zh_CN": 1}
"""Plural forms of each language. English stands in the code."""
_NAME = re.compile(r"\{(\w*)[^{}]*\}")


@dataclass
class Words:
    """One text of the program and where it is said."""

    text: str
    counts: bool = False
    places: list[str] = field(default_factory=list)


class Unreadable(Exception):
    """A call whose words cannot be told by reading it."""


def gather(package: Path = PACKAGE) -> dict[str, Words]:
    """All words of the program by their English form, in the order of files and lines."""
    found: dict[str, Words] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)) or not node.args:
                continue
            if node.func.id not in ("tr", "mark"):
                continue
            place = f"{path.relative_to(package.parent).as_posix()}:{node.lineno}"
            first = node.args[0]
            if isinstance(first, ast.JoinedStr | ast.BinOp):
                raise Unreadable(f"{place}: the words must be one literal, with {{names}} for what changes")
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue  # Marked where it stands.
            words = found.setdefault(first.value, Words(first.value))
            words.counts |= any(keyword.arg == "n" for keyword in node.keywords)
            words.places.append(place)
    return found


def read(path: Path) -> dict[str, list[str]]:
    """The translations of a .ts file by their English form; one for each plural form."""
    if not path.exists():
        return {}
    found = {}
    for message in ElementTree.parse(path).getroot().iter("message"):
        translation = message.find("translation")
        if translation is not None and translation.get("type") not in ("vanished", "obsolete"):
            forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            found[message.findtext("source", "")] = forms
    return found


def write(words: dict[str, Words], language: str) -> str:
    """The text of a .ts file: everything in the program, with the translations that are known."""
    known = read(FOLDER / f"{language}.ts")
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    for entry in words.values():
        forms = FORMS[language] if entry.counts else 1
        translated = known.get(entry.text, [])
        translated = (translated + [""] * forms)[:forms]
        message = ElementTree.SubElement(context, "message", {"numerus": "yes"} if entry.counts else {})
        ElementTree.SubElement(message, "location", filename=entry.places[0].split(":")[0])
        ElementTree.SubElement(message, "source").text = entry.text
        translation = ElementTree.SubElement(message, "translation")
        if not all(translated):
            translation.set("type", "unfinished")
        if entry.counts:
            for form in translated:
                ElementTree.SubElement(translation, "numerusform").text = form
        else:
            translation.text = translated[0]
    ElementTree.indent(root, "    ")
    body = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n'


def faults(words: dict[str, Words], language: str) -> list[str]:
    """What is not translated, or with other ``{names}`` than the English form has."""
    known = read(FOLDER / f"{language}.ts")
    found = []
    for entry in words.values():
        forms = known.get(entry.text, [])
        if len(forms) != (FORMS[language] if entry.counts else 1) or not all(forms):
            found.append(f"{language}: not translated: {entry.text!r} ({entry.places[0]})")
        for form in forms:
            missing = set(_NAME.findall(entry.text)) ^ set(_NAME.findall(form))
            if form and missing - {"n"}:
                found.append(
                    f"{language}: {', '.join(sorted(missing))} is not in both of {entry.text!r} and {form!r}"
                )
    return found


def compile_to(language: str, target: Path) -> None:
    """Make the file that the window loads. Raises CalledProcessError."""
    import PySide6

    tool = Path(PySide6.__path__[0]) / ("lrelease.exe" if sys.platform == "win32" else "lrelease")
    source = FOLDER / f"{language}.ts"
    subprocess.run([str(tool), str(source), "-silent", "-qm", str(target)], check=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Gather and compile the words of the program.")
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(arguments).check
    try:
        words = gather()
    except Unreadable as error:
        print(error)
        return 1
    found = []
    for language in FORMS:
        path, target = FOLDER / f"{language}.ts", FOLDER / f"{language}.qm"
        if not check:
            text = write(words, language)
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            compile_to(language, target)
        elif read(path).keys() != words.keys():  # Not the whole file: texts may move about in the code.
            found.append(f"{path.name} is out of date: run packaging/translations.py")
        else:
            with tempfile.TemporaryDirectory() as folder:
                fresh = Path(folder) / target.name
                compile_to(language, fresh)
                if not target.exists() or target.read_bytes() != fresh.read_bytes():
                    found.append(f"{target.name} is out of date: run packaging/translations.py")
        found += faults(words, language)
    print("\n".join(found) or f"{len(words)} texts in {', '.join(FORMS)}.")
    return 1 if found and check else 0


if __name__ == "__main__":
    sys.exit(main())
