"""``make bench-frozen``: how long the frozen program takes to its first paint, and how large it is.

The program is the one in ``dist/``, or that of ``--program``. Its first paint is told by its own log. The floor is an
empty Qt window of the interpreter that runs this, which was not frozen, and so is the harder one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from datetime import datetime
from pathlib import Path

from benchmarks.main import ROOT, environment, probe
from benchmarks.results import Figure, report

_SAYS = "the window is painted"
_PATIENCE_S = 30.0


def first_paint_s(program: Path) -> float:
    """Seconds from starting the process with an empty home to its first painted frame."""
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "chat2anyllm" / "state" / "chat2anyllm.log"
        begun = time.time()
        process = subprocess.Popen(
            [str(program), "--log-level", "debug"], env=environment(home), stderr=subprocess.DEVNULL
        )
        try:
            while time.time() < begun + _PATIENCE_S:
                for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
                    if _SAYS in line:
                        return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").timestamp() - begun
                time.sleep(0.05)
        finally:
            process.terminate()
            process.wait()
    raise RuntimeError(f"{program} painted nothing in {_PATIENCE_S:g} seconds")


def megabytes(folder: Path) -> float:
    """Of its files, each counted once; links are not followed."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the frozen program against an empty window.")
    parser.add_argument("--program", type=Path, default=ROOT / "dist" / "chat2anyllm-desktop" / "chat2anyllm")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    program = options.program.absolute()
    if not os.access(program, os.X_OK):
        parser.error(f"{program} is not there: python packaging/frozen/build.py --folder")
    first_paint_s(program)  # Into the cache of files, both of them.
    probe("empty", "0")
    paints, floors = [], []
    for _ in range(options.runs):
        paints.append(first_paint_s(program))
        floors.append(probe("empty", "0")["paint"])
    figures = [
        Figure(
            "frozen_first_paint_s", "s", paints, floors,
            "process start to the first painted frame, empty home; floor: an empty Qt window, not frozen",
            "<= 0.60 s, <= 4x",
        ),
        Figure("frozen_folder_mb", "MB", [megabytes(program.resolve().parent)], [], "all files", "<= 150"),
    ]  # fmt: skip
    for file in sorted(program.resolve().parents[1].glob("chat2anyllm-desktop*")):
        if file.is_file():
            kind = file.name.rpartition(".")[2]
            figures.append(
                Figure(f"frozen_{kind}_mb", "MB", [file.stat().st_size / 1e6], [], file.name, "<= 45")
            )
    report(figures, ROOT / "build" / "bench" / "frozen.json")


if __name__ == "__main__":
    main()
