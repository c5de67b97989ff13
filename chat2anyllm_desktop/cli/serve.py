"""``chat2anyllm serve``: the HTTP face."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import InputError, SettingsError

if TYPE_CHECKING:
    from chat2anyllm_desktop.settings import LoadedSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``serve``."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen to (default: this computer alone)"
    )
    parser.add_argument("--port", type=_port, default=3001, help="port to listen to; 0 takes a free one")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a web page that may ask from a browser, such as https://chat.example.com; may be repeated",
    )
    parser.add_argument(
        "--username", default="admin", help="name that goes with the password (default: admin)"
    )
    keep = parser.add_mutually_exclusive_group()
    keep.add_argument(
        "--set-password", action="store_true", help="ask for a password, keep it in the keychain, and end"
    )
    keep.add_argument(
        "--set-slack-secret",
        action="store_true",
        help="ask for Slack's signing secret, keep it in the keychain, and end",
    )


def run(arguments: argparse.Namespace, loaded: LoadedSettings) -> int:
    """Serve until the program is told to end; returns the exit status. Raises ChatError."""
    from chat2anyllm_desktop.app import PASSWORD, SLACK_SECRET, Workshop, run_server

    if arguments.set_password:
        return _keep(Workshop(loaded), PASSWORD, "Password", least=12)
    if arguments.set_slack_secret:
        return _keep(Workshop(loaded), SLACK_SECRET, "Signing secret", least=16)
    for origin in arguments.origin:
        if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
            raise SettingsError(
                f"“{origin}” is no origin: write it as https://chat.example.com, without a path."
            )
    return run_server(
        loaded,
        host=arguments.host,
        port=arguments.port,
        origins=arguments.origin,
        username=arguments.username,
    )


def _keep(workshop: object, name: str, label: str, *, least: int) -> int:
    from chat2anyllm_desktop.app import Workshop

    assert isinstance(workshop, Workshop)
    value = getpass.getpass(f"{label}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(value) < least:
        raise InputError(f"{label}: at least {least} characters are needed. Nothing was kept.")
    if not workshop.vault.store(name, value):
        raise SettingsError(f"{workshop.vault.state().sentence} Set the environment variable instead.")
    print(f"{label} kept in the keychain.", file=sys.stderr)
    return 0


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number up to 65535")
