"""``make bench-transcript``: what the transcript costs in the real program, each figure beside its floor.

The session: 10,000 messages of about 650 characters, nearly a third with code, one in twenty with a table
(`sessions.py`), in the program's own SQLite file. Answers come from a paced gateway in another process, 2,000 tokens of five
characters a second. The floor, where nothing else is said, is Qt's own plain text view in a bare window with the
same text, unformatted.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from benchmarks import main as programs
from benchmarks.results import Figure, report
from benchmarks.sessions import write_history
from chat2anyllm_desktop.paths import HOME_VARIABLE, history_file

RATE = 2_000.0
DELTAS = 20_000
"""Five characters each: 100 KB."""

_Rows = list[dict[str, Any]]


def probe(name: str, *arguments: str, **more: str) -> Any:
    return programs.probe(name, *arguments, module="benchmarks.transcript_probes", **more)


def column(rows: _Rows, name: str) -> list[float]:
    return [row[name] for row in rows]


class Bench:
    """``home`` is a folder of the program with the sessions ``ids`` (by title) in its history."""

    def __init__(self, runs: int, home: str, ids: dict[str, str]) -> None:
        self._runs = runs
        self._home = home
        self._ids = ids
        self._plain: _Rows = []

    def _program(self, name: str, *arguments: str, **more: str) -> Any:
        return probe(name, *arguments, **{HOME_VARIABLE: self._home}, **more)

    @property
    def plain(self) -> _Rows:
        if not self._plain:
            self._plain = [programs.probe("10000", module="benchmarks.plain_view") for _ in range(self._runs)]
        return self._plain

    def open(self) -> Iterator[Figure]:
        found = self._program("opening", str(self._runs), json.dumps(self._ids))
        yield Figure(
            "open_10k_ms", "ms", found["10k"], found["frame"],
            "click on a session of 10,000 messages to its first frame, its last page read from SQLite, once opened before;"
            " floor: a frame of the same window",
            "<= 80",
        )  # fmt: skip
        ratios = [long / short for long, short in zip(found["100k"], found["10k"], strict=True)]
        yield Figure(
            "open_100k_ratio", "x", ratios, [1.0], "the same for 100,000 messages, divided by that of 10,000", "<= 1.5"
        )  # fmt: skip

    def scroll(self) -> Iterator[Figure]:
        rows = [self._program("scrolling", self._ids["10k"]) for _ in range(self._runs)]
        assert all(row["messages"] == 10_000 for row in rows)
        for name, key, what, aim in (
            ("wheel_p99_ms", "wheel", "one notch of the wheel to the finished frame, p99 of 1,500", "<= 6"),
            ("jump_p99_ms", "jump", "the scroll bar set anywhere to the finished frame, p99 of 300", "<= 16"),
            (
                "resize_ms",
                "resize",
                "the window a step narrower or wider to the finished frame, median of 60",
                "<= 8",
            ),
        ):
            yield Figure(
                name, "ms", column(rows, key), column(self.plain, key), f"{what}; 10,000 messages loaded", aim
            )
        yield Figure(
            "rss_10k_mb", "MB", column(rows, "rss"), column(self.plain, "rss"),
            "resident memory of the whole program, 10,000 messages loaded and scrolled through, then left alone for 4 s",
            "<= 130",
        )  # fmt: skip

    def stream(self) -> Iterator[Figure]:
        with programs.gateway(DELTAS, RATE) as served:
            rows = [self._program("streaming", LITELLM_BASE_URL=served.url) for _ in range(self._runs)]
            bare = [programs.probe("bare", served.url)["cpu"] for _ in range(self._runs)]
            stalls = [self._program("stalls", LITELLM_BASE_URL=served.url) for _ in range(self._runs)]
        seconds = DELTAS / RATE
        yield Figure(
            "stream_flush_p99_ms", "ms", column(rows, "flush_p99"), column(self.plain, "flush_p99"),
            f"time of the UI thread per flush (taken in, laid out, painted), p99 of {rows[0]['flushes']:.0f} while 100 KB"
            f" stream (median {rows[0]['flush_median']:.1f}), what is put off to idle moments apart; floor: p99 of the same"
            " text appended to plain text in equal pieces",
            "<= 5",
        )  # fmt: skip
        yield Figure(
            "stream_cpu_percent", "%", column(rows, "cpu_percent"), [100 * cpu / seconds for cpu in bare],
            "CPU of the whole program (network, store, transcript) while 100 KB stream; floor: bare httpx + json", "<= 25",
        )  # fmt: skip
        yield Figure(
            "ui_stall_p99_ms", "ms", column(stalls, "stall"), [],
            "gaps of a 4 ms timer while 100 KB stream, p99, minus the same with nothing streaming", "",
        )  # fmt: skip

    def growth(self) -> Iterator[Figure]:
        rows = [self._program("growing") for _ in range(self._runs)]
        yield Figure(
            "flush_1mb_over_10kb", "x", [row["large"] / row["small"] for row in rows],
            [row["large"] / row["small"] for row in self.plain],
            "cost of a flush of 330 characters at 1 MB, divided by that at 10 KB", "<= 1.3",
        )  # fmt: skip

    def parse(self) -> Iterator[Figure]:
        rows = [probe("parsing") for _ in range(self._runs)]
        yield Figure(
            "parse_100kb_stream_s", "s", column(rows, "stream"), column(rows, "whole"),
            "100 KB parsed in 781 pieces as they come; floor: once, whole", "<= 0.21",
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("open", "scroll", "stream", "growth", "parse"), action="append")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME_VARIABLE] = home
        history_file().parent.mkdir(parents=True)
        ids = write_history(history_file(), {"100k": 100_000, "10k": 10_000, "small": 4})
        bench = Bench(arguments.runs, home, ids)
        parts = {part: getattr(bench, part) for part in ("open", "scroll", "stream", "growth", "parse")}
        figures = [figure for name in arguments.only or parts for figure in parts[name]()]
    report(figures, programs.ROOT / "build" / "bench" / "transcript.json")


if __name__ == "__main__":
    main()
