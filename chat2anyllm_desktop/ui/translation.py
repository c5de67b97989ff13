"""The language of the window: our words and Qt's own, from compiled translations."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.core import language
from chat2anyllm_desktop.paths import resource

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""What the program speaks, all of it, by the name that Qt has for it; each as it calls itself."""
CONTEXT = "chat2anyllm"
"""All our words are of one context: the same English words are the same thing everywhere."""


def language_of(wish: str) -> str:
    """The language to speak for a setting (``system`` or a name of :data:`LANGUAGES`): with ``system`` the first that
    both the user and the program know, English where there is none."""
    if wish in LANGUAGES:
        return wish
    for known in map(QLocale, QLocale.system().uiLanguages()):
        if known.language() == QLocale.Language.English:
            return "en"
        if known.language() == QLocale.Language.Chinese:
            # After "zh-TW" comes "zh" in the list, which would be the other script.
            return "zh_CN" if known.script() == QLocale.Script.SimplifiedHanScript else "en"
    return "en"


class Translation(QObject):
    """Speaks one language from now on, as long as the program runs: to be made before the first widget."""

    def __init__(self, app: QApplication, wish: str) -> None:
        super().__init__(app)
        self._app = app
        self.name = language_of(wish)
        self._qt = QTranslator(self)
        self._ours = QTranslator(self)
        QLocale.setDefault(QLocale(self.name) if wish in LANGUAGES else QLocale.system())
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self.name != "en" and self._qt.load(f"qtbase_{self.name}", folder):
            app.installTranslator(self._qt)
        if self.name != "en" and self._ours.load(str(compiled(self.name))):
            language.speak(self._look_up)

    def take_back(self) -> None:
        """English again."""
        self._app.removeTranslator(self._qt)
        language.speak(None)
        self.deleteLater()

    def _look_up(self, text: str, n: int) -> str:
        return self._ours.translate(CONTEXT, text, None, n) or text


def compiled(name: str) -> Path:
    """The file of a language as Qt reads it."""
    return resource(f"languages/{name}.qm")
