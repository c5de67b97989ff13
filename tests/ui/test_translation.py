"""The language of the window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core import language
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.ui.translation import Translation, language_of


@pytest.fixture
def restored(qapp: QApplication) -> Iterator[QApplication]:
    locale = QLocale()
    yield qapp
    for made in qapp.findChildren(Translation):
        made.take_back()
    language.speak(None)
    QLocale.setDefault(locale)


@pytest.mark.parametrize(
    ("system", "spoken"),
    [("zh_CN", "zh_CN"), ("zh_SG", "zh_CN"), ("zh_TW", "en"), ("de_DE", "en"), ("en_GB", "en")],
)
def test_the_language_of_the_system(monkeypatch: pytest.MonkeyPatch, system: str, spoken: str) -> None:
    monkeypatch.setattr(QLocale, "system", lambda: QLocale(system))
    assert language_of("system") == spoken
    assert language_of("zh_CN") == "zh_CN"


def test_chinese_ours_and_that_of_qt(restored: QApplication) -> None:
    Translation(restored, "zh_CN")
    assert tr("Language") == "语言"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"


def test_english(restored: QApplication) -> None:
    Translation(restored, "en")
    assert tr("Language") == "Language"
