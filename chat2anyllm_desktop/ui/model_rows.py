"""Models as rows: grouped by provider, with what helps to choose between them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chat2anyllm_desktop.chat.fuzzy import rank
from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.ui.docks.rows import Index
from chat2anyllm_desktop.ui.icons import pixmap
from chat2anyllm_desktop.ui.matched_text import paint_matched
from chat2anyllm_desktop.ui.plain_text import tooltip
from chat2anyllm_desktop.ui.row_ground import paint_row_ground
from chat2anyllm_desktop.ui.theme import GRID, ROW_HEIGHT, SPACE_M, FontRole, Theme

MODEL_ROLE = Qt.ItemDataRole.UserRole + 1
"""The :class:`Model` of a row; None for headings."""
_POSITIONS_ROLE = Qt.ItemDataRole.UserRole + 2
_NO_PARENT = QModelIndex()
_MARKS = (("vision", mark("sees pictures")), ("tools", mark("uses tools")), ("reasoning", mark("reasons")))
_SOURCES = {ModelSource.EMBEDDED: mark("On this computer"), ModelSource.DEMO: mark("Without a connection")}


def provider_of(model: Model) -> str:
    """The heading under which a model stands."""
    source = _SOURCES.get(model.source)
    return tr(source) if source else model.provider or tr("Other")


def context_words(tokens: int | None) -> str:
    """``128k``, ``1M``; empty when not known."""
    if tokens is None:
        return ""
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.3g}M"
    return f"{round(tokens / 1000)}k" if tokens >= 1000 else str(tokens)


def price_words(model: Model) -> str:
    """Dollars per million tokens in and out, as in ``$2.50 / $10``; empty when not known."""
    prices = (model.input_cost_per_token, model.output_cost_per_token)
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        return ""
    return " / ".join(_dollars(1_000_000 * price) for price in known) if any(known) else tr("free")


def _dollars(amount: float) -> str:
    if amount and amount < 0.1:
        return f"${amount:.2g}"
    return f"${amount:.2f}".removesuffix(".00")


def words(model: Model) -> str:
    """Everything the row shows, for tooltips and screen readers."""
    parts = [model.name]
    parts += [model.description] if model.description else []
    if context := context_words(model.max_input_tokens):
        parts.append(tr("context {tokens} tokens", tokens=context))
    if price := price_words(model):
        parts.append(tr("{price} per million tokens in / out", price=price) if price != tr("free") else price)
    parts += [tr(said) for capability, said in _MARKS if getattr(model, capability)]
    if model.deployments > 1:
        parts.append(tr("{n} deployment(s)", n=model.deployments))
    return tr(", ").join(parts)


class ModelList(QAbstractListModel):
    """Headings and models. The group of the model in use comes first, and in it that model."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._models: Sequence[Model] = ()
        self._current: str | None = None
        self._query = ""
        self._rows: list[tuple[str, Model | None, tuple[int, ...]]] = []

    def set_models(self, models: Sequence[Model], current: str | None) -> None:
        self._current = current
        self._models = models
        self._show()

    def set_filter(self, query: str) -> None:
        self._query = query
        self._show()

    @property
    def current(self) -> str | None:
        return self._current

    def first_choice(self) -> int:
        """The row that Enter should take: with a filter the best match, otherwise the model in use; -1 for none."""
        if not self._query.strip():
            for row, (_, model, _) in enumerate(self._rows):
                if model is not None and model.name == self._current:
                    return row
        return self.step(-1, 1)

    def step(self, row: int, steps: int) -> int:
        """The model's row so many models away from ``row``, held at the ends; -1 without any."""
        models = [at for at, (_, model, _) in enumerate(self._rows) if model is not None]
        if not models:
            return -1
        position = models.index(row) + steps if row in models else 0
        return models[max(0, min(position, len(models) - 1))]

    def _show(self) -> None:
        self.beginResetModel()
        self._rows = []
        if self._query.strip():
            # One list by merit: headings would tear the best matches apart.
            found = rank(self._query, [f"{model.name} {provider_of(model)}" for model in self._models])
            for match in found:
                model = self._models[match.index]
                in_name = tuple(at for at in match.positions if at < len(model.name))
                self._rows.append((model.name, model, in_name))
        else:
            groups: dict[str, list[Model]] = {}
            for model in sorted(
                self._models, key=lambda m: (m.name != self._current, m.source != ModelSource.GATEWAY)
            ):
                groups.setdefault(provider_of(model), []).append(model)
            for provider, models in groups.items():
                self._rows.append((provider, None, ()))
                self._rows += [(model.name, model, ()) for model in models]
        self.endResetModel()

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()][1] is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        text, model, positions = self._rows[index.row()]
        if role == MODEL_ROLE:
            return model
        if role == _POSITIONS_ROLE:
            return positions
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if model is not None and role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(words(model))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words(model) if model is not None else text
        return None


def row_height(theme: Theme) -> int:
    return theme.scaled(ROW_HEIGHT)


class ModelDelegate(QStyledItemDelegate):
    """Name at the left; at the right, in columns, marks, context and price."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    # Qt overrides ------------------------------------------------------------------------------------------------------
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, row_height(self._theme))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        model: Model | None = index.data(MODEL_ROLE)
        inner = option.rect.adjusted(SPACE_M, 0, -SPACE_M, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if model is None:
            painter.setFont(self._theme.font(FontRole.SMALL_STRONG))
            painter.setPen(tokens.text_muted)
            inner.setBottom(inner.bottom() - GRID)
            text = index.data(Qt.ItemDataRole.DisplayRole)
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            paint_row_ground(painter, QRectF(option.rect), self._theme, chosen=chosen)
            self._paint_facts(painter, model, inner)
            self._paint_name(painter, model, index.data(_POSITIONS_ROLE), inner)
        painter.restore()

    def _paint_facts(self, painter: QPainter, model: Model, inner: QRect) -> None:
        """Columns from the right edge; takes their width off ``inner``."""
        small = self._theme.font(FontRole.SMALL)
        painter.setFont(small)
        painter.setPen(self._theme.tokens.text_muted)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for text, sample in (
            (price_words(model), "$0.15 / $10.50"),
            (context_words(model.max_input_tokens), "1.05M"),
        ):
            width = QFontMetrics(small).horizontalAdvance(sample)
            painter.drawText(inner, right, text)
            inner.setRight(inner.right() - width - SPACE_M)
        edge = self._theme.scaled(16)
        for capability, _ in reversed(_MARKS):
            if getattr(model, capability):
                mark = pixmap(capability, self._theme.tokens.text_muted, edge, self._view.devicePixelRatioF())
                painter.drawPixmap(inner.right() - edge + 1, inner.center().y() - edge // 2 + 1, mark)
            inner.setRight(inner.right() - edge - GRID)
        inner.setRight(inner.right() - GRID)

    def _paint_name(self, painter: QPainter, model: Model, positions: Sequence[int], inner: QRect) -> None:
        models = self._view.model()
        if isinstance(models, ModelList) and model.name == models.current:
            edge = self._theme.scaled(16)
            tick = pixmap("check", self._theme.tokens.accent, edge, self._view.devicePixelRatioF())
            painter.drawPixmap(inner.right() - edge + 1, inner.center().y() - edge // 2 + 1, tick)
            inner.setRight(inner.right() - edge - GRID)
        paint_matched(painter, inner, model.name, positions, self._theme, Qt.TextElideMode.ElideMiddle)
