"""What can be set.

The class is the table: each field carries its default, how it is read, the environment variables that set it (its own
``CHAT2ANYLLM_<NAME>`` besides) and one sentence saying what the user sees. The dialog, ``doctor`` and the
documentation read the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from chat2anyllm_desktop import setting_types as kinds
from chat2anyllm_desktop.core.language import mark
from chat2anyllm_desktop.setting_types import Reader, Secret


class Hidden(StrEnum):
    """How much of a setting is secret."""

    NOTHING = "nothing"
    PASSWORD = "password"
    """The password inside a URL: the file keeps the rest."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    name: str
    default: object
    read: Reader
    variables: tuple[str, ...]
    sentence: str
    hidden: Hidden


def _set(
    default: object, read: Reader, sentence: str, *variables: str, hidden: Hidden = Hidden.NOTHING
) -> Any:
    return field(default=default, metadata={"row": (read, sentence, variables, hidden)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, valid by construction when they come from :func:`load_settings`."""

    gateway_url: str = _set(
        "",
        kinds.url("http", "https"),
        mark("Address of your LiteLLM gateway, or of any OpenAI-compatible server; empty works without one."),
        "LITELLM_BASE_URL",
        "LITELLM_ENDPOINT",
    )
    gateway_key: Secret = _set(
        Secret(), kinds.secret, mark("Key that the gateway asks for."), "LITELLM_API_KEY", hidden=Hidden.ALL
    )
    database_url: Secret = _set(
        Secret(),
        kinds.database_url,
        mark("PostgreSQL database with your history; empty keeps it on this computer."),
        "DATABASE_URL",
        hidden=Hidden.PASSWORD,
    )
    ca_file: Path | None = _set(
        None,
        kinds.path,
        mark("File with the certificates of your company's authority, where connections need one."),
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
    )
    proxy_url: Secret = _set(
        Secret(),
        kinds.secret_url("http", "https", "socks5", "socks5h"),
        mark("Proxy for the gateway; empty follows HTTPS_PROXY, ALL_PROXY and NO_PROXY."),
        hidden=Hidden.PASSWORD,
    )
    connect_timeout_s: float = _set(10.0, kinds.seconds(0.1, 300), mark("Seconds to wait for a connection."))
    stall_timeout_s: float = _set(
        60.0, kinds.seconds(1, 3600), mark("Seconds of silence after which an answer counts as stalled.")
    )
    local_enabled: bool = _set(True, kinds.flag, mark("Offer the embedded model that runs on this computer."))
    local_model_path: Path | None = _set(
        None,
        kinds.path,
        mark("GGUF file for the embedded engine; empty uses the small model that comes with it."),
    )
    local_threads: int = _set(1, kinds.whole(1, 256), mark("Processor threads for the embedded engine."))
    local_context_tokens: int = _set(
        8192,
        kinds.whole(512, 1_048_576),
        mark("Longest conversation for the embedded engine, in tokens; memory grows with it."),
    )
    local_idle_minutes: int = _set(
        10,
        kinds.whole(1, 1440),
        mark("Minutes without use after which the embedded engine gives its memory back."),
    )
    default_model: str = _set(
        "", kinds.text, mark("Model of new sessions; empty takes the first of the list.")
    )
    theme: str = _set(
        "system", kinds.choice("system", "light", "dark"), mark("Colours: as the system, light or dark.")
    )
    contrast: str = _set(
        "system",
        kinds.choice("system", "normal", "high"),
        mark("Contrast: as the system, normal, or high: stronger colours and lines on black or white."),
    )
    language: str = _set(
        "system",
        kinds.choice("system", "en", "zh_CN"),
        mark("Language of the program, from its next start on."),
    )
    text_scale_percent: int = _set(100, kinds.whole(80, 200), mark("Size of all text, in percent."))
    send_key: str = _set(
        "enter", kinds.choice("enter", "ctrl_enter"), mark("Key that sends; the other one breaks the line.")
    )
    keys: kinds.Lists = _set(
        (),
        kinds.lists,
        mark("Your own keys: actions by their names, each with a list of keys; an empty list means none."),
    )
    motion: str = _set(
        "system",
        kinds.choice("system", "reduced", "full"),
        mark("Effects and the blinking of the text cursor: as the system, none, or all."),
    )
    tray: bool = _set(
        False, kinds.flag, mark("Menu with the last sessions; a dot tells that an answer ended.")
    )
    close_to_tray: bool = _set(
        False,
        kinds.flag,
        mark("The window goes, the program stays, and answers go on being written. “Quit” ends it."),
    )
    notifications: str = _set(
        "title",
        kinds.choice("off", "title", "text"),
        mark(
            "When a long answer ends while you work elsewhere: the title of its session, or its first words too."
        ),
    )
    notify_after_s: float = _set(
        10.0, kinds.seconds(0, 3600), mark("Answers that were faster than this are not told.")
    )
    paste_markdown: bool = _set(
        True,
        kinds.flag,
        mark(
            "What is pasted from web pages and documents keeps headings, lists, links and tables, as Markdown."
        ),
    )
    review_plans: bool = _set(
        False, kinds.flag, mark("Plan mode stops after the plan, to be edited and approved.")
    )
    log_level: str = _set(
        "info",
        kinds.choice("debug", "info", "warning", "error"),
        mark("How much the log file tells; never message text."),
    )


def _row(name: str, default: object, row: tuple[Reader, str, tuple[str, ...], Hidden]) -> Setting:
    read, sentence, variables, hidden = row
    return Setting(name, default, read, (f"CHAT2ANYLLM_{name.upper()}", *variables), sentence, hidden)


TABLE: Mapping[str, Setting] = {f.name: _row(f.name, f.default, f.metadata["row"]) for f in fields(Settings)}
