"""Doing early, in idle moments, what the first message and the first code block would have to wait for."""

from __future__ import annotations

import asyncio
import gc
import importlib

MODULES = (
    "chat2anyllm_desktop.render.inlines",
    "chat2anyllm_desktop.render.blocks",
    "chat2anyllm_desktop.render.dialect",
    "chat2anyllm_desktop.render.stream",
    "chat2anyllm_desktop.render.highlight",
    "chat2anyllm_desktop.chat.plan",
    "chat2anyllm_desktop.ui.palette.palette",
    "chat2anyllm_desktop.ui.palette.sources",
    "chat2anyllm_desktop.ui.palette.everywhere",
)
"""Together some 100 ms of importing."""

LANGUAGES = ("python", "bash", "json", "javascript")
"""What most answers hold code in. A lexer takes 7-24 ms to make ready."""

PAUSE_S = 0.15
"""Seconds between two steps, so that a key is never kept waiting by more than one of them."""


async def warm_up() -> None:
    """Import and prepare, a step at a time. Blocks the loop for some 10 to 40 ms in each step."""
    for module in MODULES:
        await asyncio.sleep(PAUSE_S)
        importlib.import_module(module)
    from chat2anyllm_desktop.render.highlight import warm

    for language in LANGUAGES:
        await asyncio.sleep(PAUSE_S)
        warm((language,))
    await asyncio.sleep(PAUSE_S)
    # What is loaded now stays: the collector need not look at it again, which took 4 to 10 ms each time it did.
    gc.collect()
    gc.freeze()
