"""The list of models, opened from the header: type to narrow it, arrows to move, Enter to take."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QVBoxLayout, QWidget

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model
from chat2anyllm_desktop.ui.buttons import IconButton
from chat2anyllm_desktop.ui.filter_field import FilterField
from chat2anyllm_desktop.ui.model_rows import MODEL_ROLE, ModelDelegate, ModelList, row_height
from chat2anyllm_desktop.ui.plain_text import PlainLabel
from chat2anyllm_desktop.ui.telling import Telling, place_in_list
from chat2anyllm_desktop.ui.theme import GRID, SPACE_M, Theme

WIDTH = 480
ROWS_SHOWN = 10


class ModelPicker(QFrame):
    """A popup. Signals: ``picked(name)``, ``refresh_requested`` when the list is to be asked for again."""

    picked = Signal(str)
    refresh_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._theme = theme
        self.setProperty("look", "popup")
        self.setAccessibleName(tr("Pick a model"))
        self.filter = FilterField(theme, tr("Filter models"))
        self.filter.textChanged.connect(self._on_filter)
        self.filter.moved.connect(self._on_moved)
        self.filter.entered.connect(self._on_entered)
        refresh = IconButton("refresh", tr("Ask the gateway again"), theme)
        refresh.clicked.connect(self.refresh_requested)
        self.model = ModelList(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(ModelDelegate(theme, self.list))
        self.list.setAccessibleName(tr("Models"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(self._on_entered)
        self._nothing = PlainLabel()
        self._nothing.setProperty("look", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._telling = Telling(self.filter)
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self.filter, 1)
        top.addWidget(refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        column.setSpacing(GRID)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(self._nothing, 1)

    def set_models(self, models: Sequence[Model], current: str | None) -> None:
        """What there is, and which one answers now."""
        self.model.set_models(models, current)
        self._refresh()

    def open_below(self, button: QWidget) -> None:
        """Show under ``button``, right edges together, inside its screen."""
        self.filter.clear()
        rows = min(ROWS_SHOWN, max(3, self.model.rowCount()))
        height = rows * row_height(self._theme) + self.filter.sizeHint().height() + 2 * SPACE_M + 2 * GRID
        area = button.screen().availableGeometry()
        size = QSize(min(self._theme.scaled(WIDTH), area.width()), min(height, area.height()))
        corner = button.mapToGlobal(QPoint(button.width() - size.width(), button.height() + GRID))
        corner.setX(max(area.left(), min(corner.x(), area.right() - size.width())))
        corner.setY(max(area.top(), min(corner.y(), area.bottom() - size.height())))
        self.resize(size)
        self.move(corner)
        self._refresh()
        self.show()
        self.filter.setFocus(Qt.FocusReason.PopupFocusReason)

    def _on_filter(self, text: str) -> None:
        self.model.set_filter(text)
        self._refresh()

    def _refresh(self) -> None:
        empty = self.model.rowCount() == 0
        self.list.setVisible(not empty)
        self._nothing.setVisible(empty)
        query = self.filter.text().strip()
        self._nothing.setText(
            tr("No model is called “{text}”.", text=query) if query else tr("No models yet.")
        )
        self._go(self.model.first_choice())

    def _words(self) -> str:
        index = self.list.currentIndex()
        if not self.isVisible() or not index.isValid():
            return self._nothing.text() if self.isVisible() else ""
        models = [
            row for row in range(self.model.rowCount()) if self.model.index(row).data(MODEL_ROLE) is not None
        ]
        name: str = index.data(Qt.ItemDataRole.AccessibleTextRole)
        return place_in_list(name, models.index(index.row()) + 1, len(models))

    def _on_moved(self, steps: int) -> None:
        self._go(self.model.step(self.list.currentIndex().row(), steps))

    def _go(self, row: int) -> None:
        if row >= 0:
            index = self.model.index(row)
            self.list.setCurrentIndex(index)
            # The heading above the first row would otherwise stay out of sight.
            self.list.scrollTo(self.model.index(0) if row == 1 else index)
        self._telling.tell(self._words)

    def _on_entered(self) -> None:
        chosen: Model | None = self.list.currentIndex().data(MODEL_ROLE)
        if chosen is not None:
            self.close()
            self.picked.emit(chosen.name)
