"""The colours of high contrast, for both grounds: text 7:1, lines 4.5:1, and few shades between.

Grounds lie close to black or white, so that text of every colour can stand on them; what they no longer tell apart is
told by lines: ``hairline`` is a line that can be seen, and what is chosen is outlined.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor

from chat2anyllm_desktop.ui.tokens import DARK, LIGHT


def _c(value: str) -> QColor:
    return QColor(value)


HIGH_LIGHT = replace(
    LIGHT,
    high_contrast=True,
    surface=_c("#ffffff"),
    hover=_c("#e9e9ee"),
    pressed=_c("#dcdce4"),
    hairline=_c("#6c6c76"),
    edge=_c("#54545c"),
    control=_c("#54545c"),
    text=_c("#000000"),
    text_muted=_c("#404047"),
    accent=_c("#1f3793"),
    accent_soft=_c("#dfe8ff"),
    selection=_c("#cfdcff"),
    success=_c("#0d4d2a"),
    attention=_c("#5f3700"),
    fault=_c("#80191d"),
    code_background=_c("#ffffff"),
    code_text=_c("#000000"),
    code_keyword=_c("#62227d"),
    code_name=_c("#000000"),
    code_function=_c("#1d3b90"),
    code_type=_c("#603900"),
    code_builtin=_c("#084856"),
    code_constant=_c("#722c11"),
    code_decorator=_c("#603900"),
    code_attribute=_c("#603900"),
    code_tag=_c("#7f1b28"),
    code_variable=_c("#33333e"),
    code_string=_c("#194b1d"),
    code_escape=_c("#084856"),
    code_number=_c("#722c11"),
    code_comment=_c("#404047"),
    code_operator=_c("#404047"),
    code_punctuation=_c("#404047"),
    code_heading=_c("#1d3b90"),
    code_inserted=_c("#194b1d"),
    code_deleted=_c("#7f1b28"),
    code_error=_c("#80191d"),
)

HIGH_DARK = replace(
    DARK,
    high_contrast=True,
    background=_c("#000000"),
    surface=_c("#000000"),
    surface_raised=_c("#0b0b0d"),
    hover=_c("#1f2026"),
    pressed=_c("#2a2b33"),
    hairline=_c("#8a8c98"),
    edge=_c("#a3a5b0"),
    control=_c("#a3a5b0"),
    text=_c("#ffffff"),
    text_muted=_c("#cbccd2"),
    accent=_c("#bccaff"),
    accent_text=_c("#000000"),
    accent_soft=_c("#16214a"),
    selection=_c("#1d2f6b"),
    find_match=_c("#332b0c"),
    find_current=_c("#443608"),
    user_bubble=_c("#15161a"),
    success=_c("#95dab4"),
    attention=_c("#f0c686"),
    fault=_c("#ffbab8"),
    code_background=_c("#000000"),
    code_text=_c("#ffffff"),
    code_keyword=_c("#e2c3f7"),
    code_name=_c("#ffffff"),
    code_function=_c("#b4ccff"),
    code_type=_c("#eac98a"),
    code_builtin=_c("#95d8e3"),
    code_constant=_c("#f5c2a4"),
    code_decorator=_c("#eac98a"),
    code_attribute=_c("#eac98a"),
    code_tag=_c("#f9bdc1"),
    code_variable=_c("#dcdde4"),
    code_string=_c("#b0d8a5"),
    code_escape=_c("#95d8e3"),
    code_number=_c("#f5c2a4"),
    code_comment=_c("#cbccd2"),
    code_operator=_c("#cbccd4"),
    code_punctuation=_c("#cbccd4"),
    code_heading=_c("#b4ccff"),
    code_inserted=_c("#b0d8a5"),
    code_deleted=_c("#f9bdc1"),
    code_error=_c("#ffbab8"),
)
