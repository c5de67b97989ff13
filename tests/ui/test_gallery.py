"""The pictures of ``docs/design.md`` are those of the program; ``make pictures`` draws all of them anew.

Four of the variants are drawn here, and kept in ``build/pictures`` to be looked at.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from chat2anyllm_desktop.ui.high_contrast import HIGH_DARK, HIGH_LIGHT
from chat2anyllm_desktop.ui.theme import DARK, LIGHT
from tests.ui.gallery import KEPT_OF_HIGH_CONTRAST, SHEETS, VARIANTS, file_name, run, thrifty
from tests.ui.surfaces import SURFACES
from tests.ui.swatches import COLOURS
from tests.ui.tour import SIZE

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
SETS = {"light": LIGHT, "dark": DARK, "light-high": HIGH_LIGHT, "dark-high": HIGH_DARK}
MOST = 3_000_000
"""Bytes of all pictures together: whoever fetches the repository fetches them."""


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_surface_is_drawn_in_the_colours_of_the_theme(theme: str, scale: int) -> None:
    drawn, tokens = run(ROOT / "build" / "pictures", theme, scale), SETS[theme]
    window = QImage(str(drawn / "window.webp"))
    assert (window.width(), window.height()) == (SIZE[0] * scale, SIZE[1] * scale)
    # The margin of the text, the panels, and the outline of the message field, which has the keyboard.
    assert window.pixelColor(1090 * scale, 400 * scale) == tokens.background
    assert window.pixelColor(4 * scale, 700 * scale) == tokens.surface
    lower = [window.pixelColor(700 * scale, y) for y in range(window.height() * 4 // 5, window.height())]
    assert tokens.accent in lower
    for surface in SURFACES:
        picture = QImage(str(drawn / file_name(surface.name)))
        assert not picture.isNull(), surface.name
        assert picture.devicePixelRatio() == 1
        assert picture.width() >= 50 * scale
    for name in SHEETS:
        assert not QImage(str(drawn / f"sheet-{name}.webp")).isNull(), name


def test_every_surface_is_on_a_sheet() -> None:
    shown = {name for names in SHEETS.values() for name in names}
    assert {surface.name for surface in SURFACES} <= shown


def test_a_thrifty_picture_keeps_the_colours_of_the_theme() -> None:
    picture = QImage(64, 64, QImage.Format.Format_RGB32)
    for at in range(64 * 64):  # As many others as there are pixels, and each of ours once.
        picture.setPixelColor(at % 64, at // 64, QColor(at % 256, at // 16, 255 - at % 256))
    for at, name in enumerate(COLOURS):
        picture.setPixelColor(at, 0, getattr(DARK, name))
    small = thrifty(picture, (DARK,), 64)
    assert small.colorCount() <= 64
    assert [small.pixelColor(at, 0) for at in range(len(COLOURS))] == [
        getattr(DARK, name) for name in COLOURS
    ]


def test_the_page_shows_every_picture_and_every_picture_is_there() -> None:
    wanted = {
        f"{name}-{theme}-{scale}x.webp"
        for theme, scale in VARIANTS
        for name in (KEPT_OF_HIGH_CONTRAST if "-" in theme else SHEETS)
    }
    kept = {file.name for file in PICTURES.iterdir()}
    page = set(re.findall(r"pictures/([\w-]+\.webp)", (ROOT / "docs" / "design.md").read_text("utf-8")))
    assert kept == wanted
    assert page == wanted
    assert sum(file.stat().st_size for file in PICTURES.iterdir()) < MOST


def test_the_page_names_every_colour_as_it_is() -> None:
    page = (ROOT / "docs" / "design.md").read_text("utf-8")
    for name in COLOURS:
        values = " | ".join(f"`{getattr(tokens, name).name()}`" for tokens in SETS.values())
        assert f"| `{name}` | {values} |" in page
