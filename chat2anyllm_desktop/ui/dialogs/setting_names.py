"""What the settings are called, and on which page of their window each one is."""

from __future__ import annotations

from collections.abc import Mapping

from chat2anyllm_desktop.core.language import mark, tr

PAGES: Mapping[str, str] = {
    "gateway": mark("Gateway"),
    "database": mark("History"),
    "local": mark("Local model"),
    "appearance": mark("Appearance"),
    "chat": mark("Chat"),
    "desktop": mark("Desktop"),
}

LABELS: Mapping[str, tuple[str, str]] = {
    "gateway_url": ("gateway", mark("Address")),
    "gateway_key": ("gateway", mark("Key")),
    "proxy_url": ("gateway", mark("Proxy")),
    "ca_file": ("gateway", mark("Certificates")),
    "connect_timeout_s": ("gateway", mark("Connecting takes at most")),
    "stall_timeout_s": ("gateway", mark("Silence lasts at most")),
    "database_url": ("database", mark("Database")),
    "local_enabled": ("local", mark("Offer the embedded model")),
    "local_model_path": ("local", mark("Model file")),
    "local_threads": ("local", mark("Threads")),
    "theme": ("appearance", mark("Colours")),
    "contrast": ("appearance", mark("Contrast")),
    "language": ("appearance", mark("Language")),
    "text_scale_percent": ("appearance", mark("Text size")),
    "motion": ("appearance", mark("Motion")),
    "tray": ("desktop", mark("Show an icon in the tray")),
    "close_to_tray": ("desktop", mark("Close to the tray")),
    "notifications": ("desktop", mark("Notifications")),
    "notify_after_s": ("desktop", mark("Of answers that took at least")),
    "default_model": ("chat", mark("Model of new sessions")),
    "send_key": ("chat", mark("Send with")),
    "paste_markdown": ("chat", mark("Paste as Markdown")),
    "review_plans": ("chat", mark("Review plans before they are carried out")),
}
"""The page and the label of each setting that its window has a field for. Translated where they are shown."""


def in_words(sentence: str) -> str:
    """A sentence that begins with the name of a setting begins with its label instead."""
    name, space, rest = sentence.partition(" ")
    return f"{tr('“{name}”', name=tr(LABELS[name][1]))}{space}{rest}" if name in LABELS else sentence
