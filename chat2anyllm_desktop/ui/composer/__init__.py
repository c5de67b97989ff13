"""Where messages are written: an editor that grows, slash completion, Send and Stop."""

from __future__ import annotations

from chat2anyllm_desktop.ui.composer.composer import Composer

__all__ = ["Composer"]
