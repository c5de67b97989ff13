"""``chat2anyllm doctor``: the state of each part, with the remedy for each fault, and no secret in it."""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from chat2anyllm_desktop.cli.checks import Check, Finding
    from chat2anyllm_desktop.settings import LoadedSettings

_PATIENCE_S = 8.0
"""Longer than a check waits by itself: what takes longer hangs."""

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``doctor``."""
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="try what the program is for: window, streamed turn, histories, drawing; leaves nothing behind"
        " (in a PostgreSQL that is set up, tables are made where there are none)",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace, loaded: LoadedSettings) -> int:
    """Check everything side by side and print; exit status 1 when there is a fault, else 0."""
    from chat2anyllm_desktop.cli.checks import State, all_checks
    from chat2anyllm_desktop.secrets import Vault

    vault = Vault()
    # A keychain may wait for somebody to unlock it.
    complete = _Attempt(lambda: vault.complete(loaded)).result(time.monotonic() + _PATIENCE_S) or loaded
    findings = _findings(all_checks(complete, vault))
    healthy = all(finding.state is not State.FAULT for finding in findings.values())
    print(_as_json(findings, healthy) if arguments.json else _as_text(findings))
    return 0 if healthy else 1


class _Attempt(Generic[T]):
    """Something that may hang, on a thread that does not keep the program from ending."""

    def __init__(self, action: Callable[[], T]) -> None:
        self._action = action
        self._result: T | None = None
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self, deadline: float) -> T | None:
        """The result, or None when it failed or ``time.monotonic()`` reached the deadline first."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._action()
        except Exception as error:  # noqa: BLE001  A fault of one check becomes its row of the report.
            self.error = error


def _findings(checks: Mapping[str, Check]) -> dict[str, Finding]:
    from chat2anyllm_desktop.cli.checks import Finding, State

    attempts = {name: _Attempt(check) for name, check in checks.items()}
    deadline = time.monotonic() + _PATIENCE_S
    findings = {}
    for name, attempt in attempts.items():
        finding = attempt.result(deadline)
        if finding is None and attempt.error is not None:
            remedy = f"{type(attempt.error).__name__}: {attempt.error}"
            finding = Finding(State.FAULT, "the check itself failed", remedy)
        findings[name] = finding or Finding(
            State.FAULT, f"no answer within {_PATIENCE_S:g} seconds", "Try it again."
        )
    return findings


def _as_text(findings: Mapping[str, Finding]) -> str:
    from chat2anyllm_desktop.logs import masked

    width = max(map(len, findings))
    lines = []
    for name, finding in findings.items():
        lines.append(f"{finding.state:<9}  {name:<{width}}  {finding.text}")
        if finding.remedy:
            lines.append(f"{'':<9}  {'':<{width}}  -> {finding.remedy}")
    return masked("\n".join(lines))


def _as_json(findings: Mapping[str, Finding], healthy: bool) -> str:
    from chat2anyllm_desktop import __version__
    from chat2anyllm_desktop.logs import masked

    checks = [
        {"name": name, "state": finding.state, "text": masked(finding.text), "remedy": masked(finding.remedy)}
        for name, finding in findings.items()
    ]
    return json.dumps(
        {"version": __version__, "healthy": healthy, "checks": checks}, ensure_ascii=False, indent=2
    )
