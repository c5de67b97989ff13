"""Figures with their floors: gathered, printed as a table, written as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """``values`` and ``floors`` are single runs; their medians are reported. ``aim`` is what is hoped for, in words."""

    name: str
    unit: str
    values: Sequence[float]
    floors: Sequence[float]
    what: str
    aim: str = ""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def floor(self) -> float | None:
        return statistics.median(self.floors) if self.floors else None


def report(figures: Sequence[Figure], path: Path) -> None:
    """Print the table and write ``{name: {"value": x, "unit": "s", "floor": y}}``."""
    print(f"\n{'figure':<30}{'value':>10} {'unit':<5}{'floor':>10}{'ratio':>8}  {'runs':>4}  aim")
    for figure in figures:
        floor = "" if figure.floor is None else f"{figure.floor:.3f}"
        ratio = f"{figure.value / figure.floor:.2f}" if figure.floor else ""
        runs = len(figure.values)
        print(
            f"{figure.name:<30}{figure.value:>10.3f} {figure.unit:<5}{floor:>10}{ratio:>8}  {runs:>4}  {figure.aim}"
        )
        print(f"    {figure.what}")
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {f.name: {"value": f.value, "unit": f.unit, "floor": f.floor} for f in figures}
    path.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {path}")
