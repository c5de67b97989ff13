"""Where Qt asks how a view of a transcript is described. What answers is made, and imported, when somebody does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAbstractScrollArea

if TYPE_CHECKING:
    from chat2anyllm_desktop.ui.transcript.accessible.tree import Tree
    from chat2anyllm_desktop.ui.transcript.deeds import Deeds
    from chat2anyllm_desktop.ui.transcript.flow import Flow
    from chat2anyllm_desktop.ui.transcript.keys import Keys
    from chat2anyllm_desktop.ui.transcript.layout import Layout
    from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
    from chat2anyllm_desktop.ui.transcript.pointer import Pointer

_VIEW = "TranscriptView"
_installed = False


class Description(QObject):
    """A child of the view, with what its tree is to be made from. 2 MB, which nobody needs who sees the screen."""

    def __init__(
        self,
        model: TranscriptModel,
        page: Layout,
        flow: Flow,
        keys: Keys,
        deeds: Deeds,
        pointer: Pointer,
        view: QAbstractScrollArea,
    ) -> None:
        super().__init__(view)
        self._parts = (model, page, flow, keys, deeds, pointer, view)
        self._tree: Tree | None = None
        _install()

    @property
    def tree(self) -> Tree:
        if self._tree is None:
            from chat2anyllm_desktop.ui.transcript.accessible.tree import Tree

            self._tree = Tree(*self._parts)
        return self._tree


def _install() -> None:
    global _installed
    if not _installed:
        _installed = True
        QAccessible.installFactory(_node_of)


def _node_of(class_name: str, thing: QObject) -> QAccessibleInterface | None:
    if class_name != _VIEW or not isinstance(thing, QAbstractScrollArea):
        return None
    description = thing.findChild(Description)
    if description is None:
        return None
    from chat2anyllm_desktop.ui.transcript.accessible.conversation import ConversationNode

    return ConversationNode(thing, description.tree)
