"""Words are gathered from the code, and every language has all of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module  # Its dataclasses look for it there.
    spec.loader.exec_module(module)
    return module


translations = _load()


def gathered(folder: Path, code: str) -> dict[str, bool]:
    package = folder / "package"
    package.mkdir(exist_ok=True)
    (package / "module.py").write_text(code, encoding="utf-8")
    return {text: words.counts for text, words in translations.gather(package).items()}


def test_words_are_gathered_from_the_syntax_tree(tmp_path: Path) -> None:
    code = 'tr("Send")\ntr("{n} session(s)", n=3)\nTABLE = [mark("Two " "pieces")]\ntr(row.text)\nother("not said")\n'
    assert gathered(tmp_path, code) == {"Send": False, "{n} session(s)": True, "Two pieces": False}


@pytest.mark.parametrize("code", ['tr(f"Hello {name}")', 'tr("Hello " + name)', 'tr("%s" % name)'])
def test_what_cannot_be_gathered_is_refused(tmp_path: Path, code: str) -> None:
    with pytest.raises(translations.Unreadable, match=r"package/module.py:1: the words must be one literal"):
        gathered(tmp_path, code)


def test_a_translation_stays_what_is_gone_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    words = {
        text: translations.Words(text, counts, ["a.py:1"])
        for text, counts in (("Old", False), ("{n} of", True))
    }
    path = tmp_path / "zh_CN.ts"
    text = translations.write(words, "zh_CN")
    text = text.replace('<translation type="unfinished"></translation>', "<translation>旧</translation>")
    path.write_text(
        text.replace("<numerusform></numerusform>", "<numerusform>{n} 之</numerusform>"), encoding="utf-8"
    )
    assert translations.read(path) == {"Old": ["旧"], "{n} of": ["{n} 之"]}
    del words["{n} of"]
    words["New {name}"] = translations.Words("New {name}", False, ["a.py:2"])
    path.write_text(translations.write(words, "zh_CN"), encoding="utf-8")
    assert translations.read(path) == {"Old": ["旧"], "New {name}": [""]}
    assert translations.faults(words, "zh_CN") == ["zh_CN: not translated: 'New {name}' (a.py:2)"]


def test_names_in_braces_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    words = {"By {who}": translations.Words("By {who}", False, ["a.py:1"])}
    text = translations.write(words, "zh_CN")
    unfinished = '<translation type="unfinished"></translation>'
    (tmp_path / "zh_CN.ts").write_text(
        text.replace(unfinished, "<translation>由 {谁}</translation>"), "utf-8"
    )
    assert translations.faults(words, "zh_CN") == [
        "zh_CN: who, 谁 is not in both of 'By {who}' and '由 {谁}'"
    ]


@pytest.mark.parametrize("name", translations.FORMS)
def test_every_language_has_every_text(name: str) -> None:
    assert translations.faults(translations.gather(), name) == []
    assert (translations.FOLDER / f"{name}.qm").exists()


def test_what_is_compiled_is_what_was_translated(capsys: pytest.CaptureFixture[str]) -> None:
    status = translations.main(["--check"])
    assert (status, capsys.readouterr().out.count("\n")) == (0, 1)
