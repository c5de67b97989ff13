"""``make bench``: what starting, sending, streaming and the stores cost, each beside its floor in the same run.

Windows are real, on Qt's offscreen platform; gateway and program are separate processes on loopback.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import Figure, report
from tests.real.postgres import wheel_server

ROOT = Path(__file__).resolve().parents[1]
IDLE_S = 4.0


def environment(home: str, **more: str) -> dict[str, str]:
    """An empty home, no keychain, no screen, and nothing of the user's own settings."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")
        if name in os.environ
    }
    return kept | {
        "HOME": home,
        "CHAT2ANYLLM_HOME": f"{home}/chat2anyllm",
        "CHAT2ANYLLM_KEYRING": "off",
        "QT_QPA_PLATFORM": "offscreen",
        "QT_LOGGING_RULES": "*=false",
        "CHAT2ANYLLM_BENCH_STARTED": repr(time.monotonic()),
        **more,
    }


def probe(*arguments: str, module: str = "benchmarks.probes", **more: str) -> Any:
    """Run a probe in a fresh process with a fresh home, unless ``more`` names another; what it printed."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(home, **more),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"probe {arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


class Gateway:
    """The paced gateway, running."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self._out = process.stdout
        self.url = f"http://127.0.0.1:{self._out.readline().strip()}"

    def told(self, count: int) -> list[dict[str, float]]:
        """What it says of its next ``count`` answers."""
        return [json.loads(self._out.readline()) for _ in range(count)]


@contextlib.contextmanager
def gateway(deltas: int, rate: float) -> Iterator[Gateway]:
    arguments = [sys.executable, "-m", "benchmarks.gateway", "--deltas", str(deltas), "--rate", str(rate)]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield Gateway(process)
    finally:
        process.terminate()
        process.wait()


def start_figures(runs: int) -> Iterator[Figure]:
    window = [probe("window", str(IDLE_S)) for _ in range(runs)]
    empty = [probe("empty", str(IDLE_S)) for _ in range(runs)]

    def column(rows: Sequence[dict[str, float]], name: str) -> list[float]:
        return [row[name] for row in rows]

    yield Figure(
        "start_first_paint_s", "s", column(window, "paint"), column(empty, "paint"),
        "process start to the first painted frame, empty home; floor: an empty Qt window", "<= 0.40 s, <= 3x",
    )  # fmt: skip
    yield Figure(
        "start_usable_s", "s", column(window, "usable"), column(empty, "usable"),
        "process start to the echo of a key pressed at the first paint; floor: the same in an empty Qt window",
    )  # fmt: skip
    yield Figure(
        "idle_mb", "MB", column(window, "pss"), column(empty, "pss"),
        f"PSS {IDLE_S:.0f} s after the start, history open, model list known; floor: an empty Qt window", "<= 90",
    )  # fmt: skip


def turn_figures(runs: int) -> Iterator[Figure]:
    """Latencies of a short answer: the first message of a run apart from those that follow."""
    first_wire, wire, first, last = [], [], [], []
    bare_wire, bare_first, bare_last = [], [], []
    with gateway(60, 200) as served:
        for _ in range(runs):
            turns = probe("turns", "3", LITELLM_BASE_URL=served.url)
            for number, (turn, told) in enumerate(zip(turns, served.told(3), strict=True)):
                (wire if number else first_wire).append(1000 * (told["wire"] - turn["enter"]))
                first.append(1000 * (turn["first"] - told["first"]))
                last.append(1000 * (turn["last"] - told["last"]))
            bare, told = probe("bare", served.url), served.told(1)[0]
            bare_wire.append(1000 * (told["wire"] - bare["enter"]))
            bare_first.append(1000 * (bare["first"] - told["first"]))
            bare_last.append(1000 * (bare["last"] - told["last"]))
    floor = "floor: bare httpx, connection open"
    yield Figure(
        "enter_to_wire_ms", "ms", wire, bare_wire, f"Enter to the request at the gateway; {floor}", "<= 10"
    )
    yield Figure(
        "first_enter_to_wire_ms",
        "ms",
        first_wire,
        bare_wire,
        f"the same, first message, 2.5 s after the start; {floor}",
        "<= 50",
    )
    floor = "floor: bare httpx has read it"
    yield Figure(
        "first_delta_to_paint_ms",
        "ms",
        first,
        bare_first,
        f"first delta sent to its text on screen; {floor}",
        "<= 33",
    )
    yield Figure(
        "last_delta_to_paint_ms",
        "ms",
        last,
        bare_last,
        f"last delta sent to the finished answer on screen; {floor}",
    )


def stream_figures(runs: int) -> Iterator[Figure]:
    for name, deltas, rate, aim in (
        ("stream_20k", 20_000, 2000.0, "<= 3 s"),
        ("stream_100tps", 1_000, 100.0, "<= 0.6 s"),
    ):
        with gateway(deltas, rate) as served:
            bare = [probe("bare", served.url)["cpu"] for _ in range(runs)]
            whole = [probe("turns", "1", LITELLM_BASE_URL=served.url)[0]["cpu"] for _ in range(runs)]
            floor = "floor: bare httpx + json under asyncio"
            if name == "stream_20k":
                client = [probe("client", served.url)["cpu"] for _ in range(runs)]
                what = f"CPU of the client alone under the window's loop, 20,000 deltas at 2,000/s; {floor}"
                yield Figure("stream_20k_client_cpu_s", "s", client, bare, what, "<= 2x")
            what = f"CPU of the whole program with transcript and store, {deltas:,} deltas at {rate:,.0f}/s; {floor}"
            yield Figure(f"{name}_cpu_s", "s", whole, bare, what, aim)


def store_figures(runs: int) -> Iterator[Figure]:
    with wheel_server() as server:
        # The database of initdb is as empty as any.
        for backend, *dsn in (("sqlite",), ("postgres", server.dsn("postgres"))):
            arguments = [sys.executable, "-m", "benchmarks.stores", backend, str(runs), *dsn]
            told = json.loads(
                subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True).stdout
            )
            where = f" ({backend})"
            yield Figure(
                f"sessions_10k_ms{'' if backend == 'sqlite' else '_postgres'}", "ms",
                told["sessions"], told["sessions_floor"],
                f"list 10,000 sessions{where}; floor: the bare driver, three columns, rows as tuples",
            )  # fmt: skip
            yield Figure(
                f"open_10k_ms{'' if backend == 'sqlite' else '_postgres'}", "ms", told["open"], told["open_floor"],
                f"session and last page of 10,000 messages{where}; floor: the bare driver reads the page",
            )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("start", "turn", "stream", "store"), action="append")
    arguments = parser.parse_args()
    parts = {"start": start_figures, "turn": turn_figures, "stream": stream_figures, "store": store_figures}
    figures = [f for name in arguments.only or parts for f in parts[name](arguments.runs)]
    report(figures, ROOT / "build" / "bench" / "main.json")


if __name__ == "__main__":
    main()
