"""The colours of the window, light and dark, by what they are for; ``high_contrast`` has those of high contrast."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor


def _c(value: str) -> QColor:
    return QColor(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme. Text on any of its grounds has a contrast of at least 4.5:1, what can be operated, icons
    and the ring of the focus 3:1; in high contrast that is 7:1 and 4.5:1 (a test computes all that occur)."""

    dark: bool
    high_contrast: bool = False
    background: QColor
    """Transcript and composer."""
    surface: QColor
    """Docks, header of code boxes: one shade off the background."""
    surface_raised: QColor
    """Popups, menus, fields."""
    hover: QColor
    pressed: QColor
    hairline: QColor
    edge: QColor
    """Around what floats over the window, where no shadow can be relied on."""
    control: QColor
    """Outline of things that can be typed into or switched; 3:1 against its ground."""
    text: QColor
    text_muted: QColor
    accent: QColor
    """The one accent colour: links, focus, the primary button, what is chosen."""
    accent_text: QColor
    """Text upon the accent colour."""
    accent_soft: QColor
    """Ground of the current row."""
    selection: QColor
    """Ground of selected text; on it and on the next two, links, quiet text and code keep their colours."""
    find_match: QColor
    find_current: QColor
    """The match that one is at: underlined in ``attention`` as well, because it is hardly darker than the others."""
    user_bubble: QColor
    success: QColor
    attention: QColor
    fault: QColor
    code_background: QColor
    code_text: QColor
    code_keyword: QColor
    code_name: QColor
    code_function: QColor
    code_type: QColor
    code_builtin: QColor
    code_constant: QColor
    code_decorator: QColor
    code_attribute: QColor
    code_tag: QColor
    code_variable: QColor
    code_string: QColor
    code_escape: QColor
    code_number: QColor
    code_comment: QColor
    code_operator: QColor
    code_punctuation: QColor
    code_heading: QColor
    code_inserted: QColor
    code_deleted: QColor
    code_error: QColor

    @property
    def ring(self) -> int:
        """Pixels of the line around what has the keyboard's focus, in ``accent``."""
        return 3 if self.high_contrast else 2

    def code(self, kind: str) -> QColor:
        """Colour of a highlight kind (``keyword``, ``string``, ...); unknown kinds look like plain code."""
        colour: QColor = getattr(self, f"code_{kind}", self.code_text)
        return colour


LIGHT = Tokens(
    dark=False,
    background=_c("#ffffff"),
    surface=_c("#f7f7f8"),
    surface_raised=_c("#ffffff"),
    hover=_c("#eeeef1"),
    pressed=_c("#e4e4e9"),
    hairline=_c("#e3e3e8"),
    edge=_c("#cdcdd5"),
    control=_c("#81818c"),
    text=_c("#1b1b1f"),
    text_muted=_c("#61616b"),
    accent=_c("#3454d1"),
    accent_text=_c("#ffffff"),
    accent_soft=_c("#e5eafb"),
    selection=_c("#d3deff"),
    find_match=_c("#fdf0bd"),
    find_current=_c("#ffe08a"),
    user_bubble=_c("#f2f3f6"),
    success=_c("#14693a"),
    attention=_c("#8a5000"),
    fault=_c("#bc262c"),
    code_background=_c("#f7f7f9"),
    code_text=_c("#24242a"),
    code_keyword=_c("#8530a8"),
    code_name=_c("#24242a"),
    code_function=_c("#2a52c6"),
    code_type=_c("#8a5200"),
    code_builtin=_c("#0b6b7f"),
    code_constant=_c("#a8421a"),
    code_decorator=_c("#8a5200"),
    code_attribute=_c("#8a5200"),
    code_tag=_c("#b3263a"),
    code_variable=_c("#3d3d4a"),
    code_string=_c("#26702d"),
    code_escape=_c("#0b6b7f"),
    code_number=_c("#a8421a"),
    code_comment=_c("#61616b"),
    code_operator=_c("#54545e"),
    code_punctuation=_c("#54545e"),
    code_heading=_c("#2a52c6"),
    code_inserted=_c("#26702d"),
    code_deleted=_c("#b3263a"),
    code_error=_c("#bc262c"),
)

DARK = Tokens(
    dark=True,
    background=_c("#1a1b1e"),
    surface=_c("#151619"),
    surface_raised=_c("#25262b"),
    hover=_c("#26272c"),
    pressed=_c("#303137"),
    hairline=_c("#2d2e34"),
    edge=_c("#484a54"),
    control=_c("#787a87"),
    text=_c("#e7e7ea"),
    text_muted=_c("#a5a6af"),
    accent=_c("#8fa6ff"),
    accent_text=_c("#10131f"),
    accent_soft=_c("#272d45"),
    selection=_c("#263564"),
    find_match=_c("#393117"),
    find_current=_c("#473b12"),
    user_bubble=_c("#26272c"),
    success=_c("#5cc489"),
    attention=_c("#e5a84b"),
    fault=_c("#ff8582"),
    code_background=_c("#212226"),
    code_text=_c("#dfe0e5"),
    code_keyword=_c("#cf9bf0"),
    code_name=_c("#dfe0e5"),
    code_function=_c("#8fb2ff"),
    code_type=_c("#e6c07b"),
    code_builtin=_c("#6fc7d6"),
    code_constant=_c("#eda57a"),
    code_decorator=_c("#e6c07b"),
    code_attribute=_c("#e6c07b"),
    code_tag=_c("#f28b92"),
    code_variable=_c("#c9cad3"),
    code_string=_c("#98c98a"),
    code_escape=_c("#6fc7d6"),
    code_number=_c("#eda57a"),
    code_comment=_c("#a5a6af"),
    code_operator=_c("#b4b5c0"),
    code_punctuation=_c("#b4b5c0"),
    code_heading=_c("#8fb2ff"),
    code_inserted=_c("#98c98a"),
    code_deleted=_c("#f28b92"),
    code_error=_c("#ff8582"),
)


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio after WCAG 2.2: 1 (none) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
