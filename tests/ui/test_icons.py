"""The icon family: all of one kind, all visible, sharp at every pixel ratio."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop.ui import icons
from chat2anyllm_desktop.ui.theme import DARK, LIGHT, Theme

FOLDER = Path(icons.__file__).parent


@pytest.mark.parametrize("name", icons.names())
def test_an_icon_is_of_the_family_and_can_be_seen(qapp: QApplication, name: str) -> None:
    source = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 24 24"' in source
    assert 'stroke-width="1.5"' in source
    assert "#" not in source  # no colour of its own
    picture = icons.pixmap(name, LIGHT.text, 24, 2.0)
    assert (picture.width(), picture.devicePixelRatio()) == (48, 2.0)
    image = picture.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    inked = sum(image.pixelColor(x, y).alpha() > 128 for x in range(48) for y in range(48))
    assert inked > 8
    border = [image.pixelColor(x, y).alpha() for x in range(48) for y in (0, 47)]
    border += [image.pixelColor(x, y).alpha() for y in range(48) for x in (0, 47)]
    assert max(border) == 0  # nothing is cut off


def test_the_tint_is_that_of_the_token(qapp: QApplication) -> None:
    image = icons.pixmap("stop", DARK.accent, 24, 1.0).toImage()
    assert image.pixelColor(12, 12) == DARK.accent


def test_states_have_their_own_tints(qapp: QApplication) -> None:
    made = icons.icon("pin", Theme("light"), size=16)
    assert {size.width() for size in made.availableSizes()} == {16}


@pytest.mark.parametrize(
    ("size", "drawing"), [(16, "small"), (24, "small"), (32, "large"), (64, "large"), (256, "large")]
)
def test_the_programs_icon_is_drawn_for_its_size(qapp: QApplication, size: int, drawing: str) -> None:
    image = icons.app_icon().pixmap(size, size).toImage()
    assert (image.width(), image.height()) == (size, size)
    # The tile of the small drawing goes to the edge, that of the large one has room around it.
    middle = image.pixelColor(0, size // 2)
    assert (middle.alpha() == 255) is (drawing == "small")
