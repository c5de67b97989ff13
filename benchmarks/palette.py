"""``make bench-palette``: what the palette and the search in all sessions cost in the real program, beside their peers.

The history: 10,000 sessions with titles of two to eight words, a tenth of them Chinese, and in ten of them 100,000 messages
of about 650 characters (`sessions.py`), in the program's own SQLite file. The peer of the palette is what Qt has for this:
a QSortFilterProxyModel that keeps the rows that contain what is typed, under a QListView in a bare window.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import main as programs
from benchmarks.results import Figure, report
from benchmarks.sessions import messages
from chat2anyllm_desktop.core.models import Session, new_id
from chat2anyllm_desktop.paths import HOME_VARIABLE, history_file
from chat2anyllm_desktop.store.sqlite import SqliteStore

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
SESSIONS = 10_000
LONG = 10
"""Sessions with 10,000 messages each."""
_LATIN = tuple(
    """parser bug nested lists release notes team stand-up kubernetes probes haiku cache stream index token server client
    value error time list code key text refactor review deploy migrate schema postgres sqlite python rust window search
    history model role plan session new answer""".split()  # noqa: SIM905 - prose reads better than quoted words
)
_CHINESE = ("数据库", "迁移", "方案", "会议", "纪要", "翻译", "代码", "审查", "性能", "测试", "窗口", "历史")


def titles() -> list[str]:
    """The same in every run."""
    random = Random(20_261_201)
    found = []
    for number in range(SESSIONS):
        if number % 10 == 0:
            found.append("".join(random.choices(_CHINESE, k=random.randint(2, 4))))
        else:
            found.append(" ".join(random.choices(_LATIN, k=random.randint(2, 8))).capitalize())
    return found


def write(file: Path) -> None:
    """A new history."""
    store = SqliteStore(file)
    store.open()
    for number, title in enumerate(titles()):
        moment = _BEGINNING + timedelta(minutes=number)
        session = Session(id=new_id(), title=title, created_at=moment, updated_at=moment)
        written = messages(session.id, 10_000) if number % (SESSIONS // LONG) == 0 else []
        store.restore_session(session, written)
    store.close()


class Bench:
    """``home`` is a folder of the program with that history."""

    def __init__(self, runs: int, home: str) -> None:
        self._runs = runs
        self._home = home

    def _program(self, name: str) -> Any:
        return programs.probe(name, module="benchmarks.palette_probes", **{HOME_VARIABLE: self._home})

    def keys(self) -> Iterator[Figure]:
        rows = [self._program("typing") for _ in range(self._runs)]
        peer = [self._program("peer") for _ in range(self._runs)]
        for name, key, aim in (
            ("palette_key_p99_ms", "p99", "<= 16"),
            ("palette_key_median_ms", "median", ""),
        ):
            yield Figure(
                name, "ms", [row[key] for row in rows], [row[key] for row in peer],
                f"UI thread from a key in the palette to the painted list, {key} of {rows[0]['keys']:.0f}, 10,000 sessions;"
                " peer: Qt's filter for what contains the text, in the same order, no ranking", aim,
            )  # fmt: skip
        yield Figure(
            "palette_open_ms", "ms", [row["open"] for row in rows], [row["frame"] for row in rows],
            "the key that opens the palette to the painted list, opened once before; floor: a frame of the same window",
            "<= 50",
        )  # fmt: skip

    def search(self) -> Iterator[Figure]:
        rows = [self._program("searching") for _ in range(self._runs)]
        for name, key, what in (
            ("search_100k_rare_ms", "rare", "a word of ten messages"),
            ("search_100k_common_ms", "common", "a word of most messages"),
            ("search_100k_chinese_ms", "chinese", "two Chinese characters that are nowhere"),
        ):
            yield Figure(
                name, "ms", [row[key] for row in rows], [row[f"{key}_floor"] for row in rows],
                f"{what}, looked for in 100,000 messages; floor: the bare driver counts them", "<= 250",
            )  # fmt: skip
        yield Figure(
            "search_stall_p99_ms", "ms", [row["stall"] for row in rows], [row["still"] for row in rows],
            "gaps of a 4 ms timer of the window while searches run one after the other, p99; floor: with nothing to do",
        )  # fmt: skip
        yield Figure(
            "found_10k_ms", "ms", [row["found"] for row in rows], [row["frame"] for row in rows],
            "Enter on a message 9,900 before the end of its session to its first frame with the word marked; floor: a frame"
            " of the same window",
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("keys", "search"), action="append")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME_VARIABLE] = home
        history_file().parent.mkdir(parents=True)
        write(history_file())
        bench = Bench(arguments.runs, home)
        parts = {part: getattr(bench, part) for part in ("keys", "search")}
        figures = [figure for name in arguments.only or parts for figure in parts[name]()]
    report(figures, programs.ROOT / "build" / "bench" / "palette.json")


if __name__ == "__main__":
    main()
