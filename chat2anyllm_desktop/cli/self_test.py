"""``chat2anyllm doctor --self-test``: does this program, as it was built and installed, do what it is for?

A line for each check. Everything happens in a home that is thrown away, with a gateway inside of this process; the
user's settings are read for the address of a shared database, and for nothing else. Exit status 1 when a check failed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from chat2anyllm_desktop import __version__, logs, paths, system
from chat2anyllm_desktop.core.trial import Failed, Skipped

LIMIT_S = 28.0
"""For everything: what hangs is told then, and the program ends."""
_KEYCHAIN_S = 4.0
"""For the password of the database: a keychain may wait for somebody to unlock it."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Verdict(StrEnum):
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """How one check went; ``text`` is what was seen, or why it failed or was skipped."""

    name: str
    verdict: Verdict
    text: str
    seconds: float


class Report:
    """Takes the lines as they come; prints each at once, or all of them as JSON at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._begun = time.monotonic()
        self.lines: list[Line] = []
        self.under_way = ""

    async def check(self, name: str, trial: Callable[[], Awaitable[str]]) -> None:
        begun, self.under_way = time.monotonic(), name
        try:
            verdict, text = Verdict.OK, await trial()
        except Skipped as error:
            verdict, text = Verdict.SKIPPED, str(error)
        except Failed as error:
            verdict, text = Verdict.FAILED, str(error)
        except Exception as error:  # noqa: BLE001  Whatever is broken becomes a line of the report.
            verdict, text = Verdict.FAILED, f"{type(error).__name__}: {error}"
        self.add(name, verdict, text, time.monotonic() - begun)

    def add(self, name: str, verdict: Verdict, text: str, seconds: float) -> None:
        line = Line(name, verdict, logs.masked(" ".join(text.split())), seconds)
        self.lines.append(line)
        if not self._as_json:
            print(f"{line.verdict:<8} {line.name:<26} {line.text}".rstrip(), flush=True)

    def end(self) -> int:
        """Print what is left to be printed; the exit status."""
        passed = all(line.verdict is not Verdict.FAILED for line in self.lines)
        seconds = time.monotonic() - self._begun
        if self._as_json:
            checks = [
                {
                    "name": line.name,
                    "state": line.verdict,
                    "text": line.text,
                    "seconds": round(line.seconds, 3),
                }
                for line in self.lines
            ]
            about = {"version": __version__, "frozen": hasattr(sys, "frozen"), "system": sys.platform}
            whole = {**about, "passed": passed, "seconds": round(seconds, 1), "checks": checks}
            print(json.dumps(whole, ensure_ascii=False, indent=2), flush=True)
        else:
            print(f"{'passed' if passed else 'FAILED'} in {seconds:.1f} seconds", flush=True)
        return 0 if passed else 1


def run(*, as_json: bool) -> int:
    """Try everything; returns the exit status."""
    report = Report(as_json=as_json)
    database_url = _database_url()
    home = tempfile.mkdtemp(prefix="chat2anyllm-self-test-")

    def give_up() -> None:
        report.add(report.under_way, Verdict.FAILED, f"no end after {LIMIT_S:g} seconds", LIMIT_S)
        status = report.end()
        shutil.rmtree(home, ignore_errors=True)
        os._exit(status)

    watchdog = threading.Timer(LIMIT_S, give_up)
    watchdog.daemon = True
    watchdog.start()
    try:
        _move_to(home)
        _try_everything(report, database_url)
    finally:
        watchdog.cancel()
        logs.stop_logging()
        shutil.rmtree(home, ignore_errors=True)
    return report.end()


def _database_url() -> str:
    """Of the user's own settings, completed by the keychain if it answers soon."""
    from chat2anyllm_desktop.secrets import Vault
    from chat2anyllm_desktop.settings import load_settings

    loaded = load_settings()
    if loaded.settings.database_url and "database_url" in loaded.missing_secrets():
        found = [loaded]
        thread = threading.Thread(target=lambda: found.append(Vault().complete(loaded)), daemon=True)
        thread.start()
        thread.join(_KEYCHAIN_S)
        loaded = found[-1]
    for secret in loaded.secret_values():
        logs.mask(secret)
    return loaded.settings.database_url.reveal()


def _move_to(home: str) -> None:
    """From now on nothing of the user's is read or written."""
    from chat2anyllm_desktop.settings import TABLE

    for variable in [name for setting in TABLE.values() for name in setting.variables]:
        os.environ.pop(variable, None)
    for variable in [name for name in os.environ if name.lower() in _PROXIES]:
        del os.environ[variable]
    os.environ[paths.HOME_VARIABLE] = home
    os.environ["XDG_CACHE_HOME"] = os.path.join(home, "cache")
    os.environ["CHAT2ANYLLM_LOCAL_ENABLED"] = "false"
    if system.display_problem() is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    logs.start_logging("warning", paths.log_file())


def _try_everything(report: Report, database_url: str) -> None:
    import asyncio

    from chat2anyllm_desktop.app import run_trials
    from chat2anyllm_desktop.cli.loopback import ANSWER, Loopback
    from chat2anyllm_desktop.cli.part_trials import PartTrial, all_parts
    from chat2anyllm_desktop.settings import load_settings

    def awaited(trial: PartTrial) -> Callable[[], Awaitable[str]]:
        return lambda: asyncio.to_thread(trial)

    async def parts() -> None:
        for name, trial in all_parts(database_url).items():
            await report.check(name, awaited(trial))

    asyncio.run(parts())
    with Loopback() as gateway, contextlib.ExitStack() as stack:
        os.environ["LITELLM_BASE_URL"] = gateway.url
        stack.callback(os.environ.pop, "LITELLM_BASE_URL", None)
        try:
            run_trials(load_settings(), ANSWER, report.check)
        except Exception as error:  # noqa: BLE001  As in Report.check().
            report.add("window", Verdict.FAILED, f"{type(error).__name__}: {error}", 0.0)
