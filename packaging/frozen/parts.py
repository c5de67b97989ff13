"""What the frozen program is made of: the Python packages in it, their licences, and the bill of them (CycloneDX)."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
import sysconfig
import uuid
from importlib.metadata import Distribution
from pathlib import Path

NAME = "chat2anyllm-desktop"
LEFT_OUT = frozenset({"local", "test", "package"})
"""Extras that the frozen program does without."""
OTHERS_TEXTS = Path(__file__).with_name("licenses")
"""What packages name in their metadata, but carry no text of: a folder for each."""
_GNU = ("psycopg", "yamllint")
CARRIERS = {"pyside6-essentials": _GNU, "shiboken6": _GNU}
"""Parts whose licences lie in other packages: psycopg carries the LGPL 3, yamllint the GPL 3 that it builds on. Of
yamllint nothing else is used."""
_LICENCE = re.compile(r"(?i)(.*/licenses/.*|(.*/)?(licen[cs]e|copying|notice|authors)[^/]*)")


def parts() -> dict[str, Distribution]:
    """The packages by their normalized names, without the program; those for other systems are not among them."""
    waiting: list[tuple[str, frozenset[str]]] = [(NAME, frozenset())]
    found: dict[str, Distribution] = {}
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        try:
            package = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            if name == NAME:
                raise SystemExit(
                    f"{NAME} is not installed here: pip install '.[diagrams,serve,package]'"
                ) from None
            continue
        key = normalized(name)
        if (key, extras) in done:
            continue
        done.add((key, extras))
        found[key] = package
        for requirement in package.requires or []:
            head = re.match(r"([\w.-]+)\s*(?:\[([^\]]*)\])?", requirement)
            extra = re.search(r"extra == ['\"]([\w.-]+)['\"]", requirement)
            asked = extra is None or (extra[1] not in LEFT_OUT if key == NAME else extra[1] in extras)
            if head and asked:
                waiting.append((head[1], frozenset(re.findall(r"[\w.-]+", head[2] or ""))))
    del found[NAME]
    return found


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licences() -> dict[str, list[Path]]:
    """The files with the licences of each part, and of Python itself and of what starts it. Every part has one."""
    found = {}
    for key, package in {**parts(), "pyinstaller": importlib.metadata.distribution("pyinstaller")}.items():
        carriers = [package, *map(importlib.metadata.distribution, CARRIERS.get(key, ()))]
        texts = [file for carrier in carriers for file in _carried(carrier)]
        found[key] = [*texts, *sorted((OTHERS_TEXTS / key).glob("*"))]
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    found["python"] = [file for file in (place / "LICENSE.txt" for place in places) if file.exists()][:1]
    if without := sorted(key for key, files in found.items() if not files):
        raise SystemExit(f"no licence text of {', '.join(without)}: put it into {OTHERS_TEXTS}/NAME")
    return found


def _carried(package: Distribution) -> list[Path]:
    """The files of a package that are licences."""
    named = [file for file in package.files or [] if _LICENCE.fullmatch(file.as_posix())]
    places = [Path(str(file.locate())) for file in named]
    return [place for place in places if place.is_file() and place.suffix not in (".py", ".pyc")]


def licence_data() -> list[tuple[str, str]]:
    """The licences as files of the frozen program: where each is, and the folder that it goes into."""
    data: dict[tuple[str, str], Path] = {}
    for key, files in licences().items():
        for file in files:
            folder = f"licenses/{key}"
            if (folder, file.name) in data:  # What is of others within a part lies beside it.
                folder += f"/{file.parent.name}"
            data[folder, file.name] = file
    return [(str(file), folder) for (folder, _), file in data.items()]


def bill_of_materials(target: Path, version: str) -> Path:
    """Write into ``target`` what the program is made of, as CycloneDX 1.6."""
    texts = licences()
    components = []
    for key, package in sorted(parts().items()):
        named = package.metadata["License-Expression"] or package.metadata["License"] or "see its text"
        content = "\n\n".join(file.read_text(encoding="utf-8", errors="replace") for file in texts[key])
        components.append(
            {
                "type": "library",
                "name": package.metadata["Name"],
                "version": package.version,
                "purl": f"pkg:pypi/{key}@{package.version}",
                "licenses": [
                    {
                        "license": {
                            "name": named[:200],
                            "text": {"contentType": "text/plain", "content": content},
                        }
                    }
                ],
            }
        )
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{NAME}@{version}')}",
        "metadata": {"component": {"type": "application", "name": NAME, "version": version}},
        "components": components,
    }
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return target
