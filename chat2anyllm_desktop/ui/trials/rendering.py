"""The self-test of what answers are made of: each construct is parsed, drawn in a view of its own, and looked at."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QTextLayout

from chat2anyllm_desktop.core.models import Author, Message, new_id, utc_now
from chat2anyllm_desktop.core.trial import Failed, Skipped, expect
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.theme import Theme
from chat2anyllm_desktop.ui.transcript.drawings import Diagram, Drawings, Formula, Refused
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from chat2anyllm_desktop.ui.transcript.view import TranscriptView
from chat2anyllm_desktop.ui.trials import samples
from chat2anyllm_desktop.ui.trials.window import Trial, until

_NEAR = 24
"""How far the parts of a colour may be from those that were asked for: JPEG and WebP are not exact."""


class RenderingTrials:
    """Draws in the look of ``theme``; :meth:`close` when done."""

    def __init__(self, theme: Theme) -> None:
        self._model = TranscriptModel()
        self._view = TranscriptView(self._model, theme)
        self._view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._view.resize(720, 480)
        self._view.show()
        self._drawings = Drawings(self._view)

    def all(self) -> Mapping[str, Trial]:
        return {
            **{
                f"render: {name}": partial(self._construct, *case)
                for name, case in samples.CONSTRUCTS.items()
            },
            "render: code": self._code,
            "render: formulas": self._formulas,
            "render: diagrams": self._diagrams,
            **{f"render: {kind} image": partial(self._image, kind) for kind in samples.IMAGES},
            "render: Chinese": partial(self._letters, "简体中文，繁體中文"),
            "render: Japanese": partial(self._letters, "日本語、ひらがな"),
            "render: Korean": partial(self._letters, "한국어"),
            "render: emoji": partial(self._letters, "🎉👍"),
            "paste": self._paste,
        }

    def close(self) -> None:
        self._drawings.close()
        self._view.close()
        self._view.deleteLater()

    async def _construct(self, text: str, wanted: type[nodes.Block]) -> str:
        from chat2anyllm_desktop.render.dialect import parse

        found = [block for block in parse(text) if isinstance(block, wanted)]
        expect(found, f"it is taken for {[type(block).__name__ for block in parse(text)]}")
        expect(await self._drawn(text), "nothing is drawn")
        return ""

    async def _code(self) -> str:
        from chat2anyllm_desktop.render.highlight import Highlighter

        for language, code in samples.CODE.items():
            highlighter = Highlighter(language)
            highlighter.append(code)
            highlighter.close()
            while not highlighter.done:
                highlighter.advance()
                await asyncio.sleep(0)
            expect(any(highlighter.lines), f"{language} has no colours")
        expect(await self._drawn(f"```python\n{samples.CODE['python']}\n```"), "nothing is drawn")
        return ", ".join(samples.CODE)

    async def _formulas(self) -> str:
        for tex in samples.FORMULAS:
            await until(partial(self._drawings.formula, tex, True), f"the formula {tex}")
            found = self._drawings.formula(tex, True)
            if isinstance(found, Refused):
                raise Failed(f"{tex}: {found.reason}")
            expect(isinstance(found, Formula) and found.width > 0 and found.shapes, f"{tex} is empty")
        expect(await self._drawn(f"$${samples.FORMULAS[0]}$$"), "nothing is drawn")
        return f"{len(samples.FORMULAS)} drawn by a process of their own"

    async def _diagrams(self) -> str:
        if importlib.util.find_spec("mermaid_render") is None:
            raise Skipped("the extra “diagrams” is not installed")
        await until(lambda: self._drawings.diagram(samples.DIAGRAM, False), "a diagram")
        found = self._drawings.diagram(samples.DIAGRAM, False)
        if isinstance(found, Refused):
            raise Failed(found.reason)
        expect(isinstance(found, Diagram) and found.width > 0, "the diagram is empty")
        return "Mermaid"

    async def _image(self, kind: str) -> str:
        red, green, blue = samples.COLOUR
        self._show(f"![picture](data:image/{kind};base64,{samples.IMAGES[kind]})")

        def seen() -> bool:
            picture = self._grab()
            return any(
                abs(colour.red() - red) + abs(colour.green() - green) + abs(colour.blue() - blue) < 3 * _NEAR
                for colour in _pixels(picture)
            )

        await until(seen, f"the {kind} image on the page: is Qt's plugin for it there?")
        return ""

    async def _letters(self, text: str) -> str:
        layout = QTextLayout(text, self._view.font())
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        if any(0 in run.glyphIndexes() for run in layout.glyphRuns()):
            raise Skipped("no font of this system has the signs")
        expect(await self._drawn(text), "nothing is drawn")
        return ""

    async def _paste(self) -> str:
        from chat2anyllm_desktop.render.from_html import markdown_of

        found = markdown_of("<h2>Title</h2><ul><li>one</li><li><b>two</b></li></ul>", "Title\none\ntwo")
        expect(found and "## Title" in found and "**two**" in found, f"a web page becomes {found!r}")
        return "a web page becomes Markdown"

    async def _drawn(self, text: str) -> bool:
        """Whether a message is anything but ground."""
        self._show("")
        await asyncio.sleep(0)
        empty = self._grab()
        self._show(text)
        await asyncio.sleep(0.02)
        return self._grab() != empty

    def _show(self, text: str) -> None:
        message = Message(
            id=new_id(), session_id="trial", author=Author.ASSISTANT, content=text, created_at=utc_now()
        )
        self._model.reset("trial", [message])
        self._view.flush()

    def _grab(self) -> QImage:
        return self._view.viewport().grab().toImage()


def _pixels(picture: QImage) -> list[QColor]:
    return [
        picture.pixelColor(x, y) for y in range(0, picture.height(), 8) for x in range(0, picture.width(), 8)
    ]
