"""``make bench-keys``: from the press of a key to the painted character in the message field, beside its floor.

10,000 messages are loaded (`sessions.py`), and an answer streams below them at 2,000 tokens a second, five characters
each. Keys come from another process, 20 to 40 ms apart, whether the window is busy or not (`typist.py`). The floor is Qt's
own text field in an empty window, typed into in the same way in the same run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from benchmarks import main as programs
from benchmarks.results import Figure, report
from benchmarks.scroll_area import median, p99
from benchmarks.sessions import write_history
from chat2anyllm_desktop.paths import HOME_VARIABLE, history_file

RATE = 2_000.0
DELTAS = 26_000
"""13 seconds: longer than anybody types here."""
MESSAGES = 10_000
WALL, CPU = 0, 1
"""Clocks of a key."""


def probe(name: str, *arguments: str, **more: str) -> Any:
    return programs.probe(name, *arguments, module="benchmarks.key_probes", **more)


def figures(runs: int, home: str, session_id: str) -> Iterator[Figure]:
    rows, floor = [], []
    with programs.gateway(DELTAS, RATE) as served:
        for _ in range(runs):
            floor.append(probe("bare")["idle"])
            row = probe("program", session_id, **{HOME_VARIABLE: home, "LITELLM_BASE_URL": served.url})
            assert row["messages"] >= MESSAGES
            assert row["streamed"], "the answer ended before the typing did"
            rows.append(row)
    for state, words in (
        ("streaming", "while an answer streams at 2,000 tokens/s"),
        ("idle", "while nothing else happens"),
    ):
        took = [row[state] for row in rows]
        for name, clock, of, aim in (
            ("p50", WALL, median, ""),
            ("p99", WALL, p99, "<= 16"),
            ("max", WALL, max, ""),
            ("cpu_p99", CPU, p99, "<= 16"),
        ):
            yield Figure(
                f"key_{state}_{name}_ms", "ms",
                [of([key[clock] for key in run]) for run in took], [of([key[clock] for key in run]) for run in floor],
                f"key to painted character, {MESSAGES:,} messages loaded, {words}, {name} of {len(took[0])} keys"
                f"{'; CPU time of the process, so that what else runs on the machine does not count' if clock else ''}",
                aim,
            )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME_VARIABLE] = home
        history_file().parent.mkdir(parents=True)
        ids = write_history(history_file(), {"keys": MESSAGES})
        found = list(figures(arguments.runs, home, ids["keys"]))
    report(found, programs.ROOT / "build" / "bench" / "keys.json")


if __name__ == "__main__":
    main()
