"""Heights of many things stacked on each other, with sums and searches in logarithmic time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate


class Heights:
    """A Fenwick tree over whole pixels: what a list of 10,000 rows, or a message of 10,000 blocks, scrolls by.

    Changing one height, the sum before an index and the index at a position cost ``O(log n)``; appending too.
    """

    __slots__ = ("_tree", "_values")

    def __init__(self, values: Iterable[int] = ()) -> None:
        # Numbers of 8 bytes each; as objects in lists they would take four times as much.
        self._values = array("q")
        self._tree = array("q", (0,))
        self.assign(values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> int:
        return self._values[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    @property
    def total(self) -> int:
        return self.before(len(self._values))

    def assign(self, values: Iterable[int]) -> None:
        """Start over with ``values``: linear."""
        self._values = array("q", values)
        sums = list(accumulate(self._values, initial=0))
        self._tree = array("q", (sums[index] - sums[index & (index - 1)] for index in range(len(sums))))

    def append(self, value: int) -> None:
        index = len(self._tree)
        self._values.append(value)
        covered = value
        step = 1
        while step < index & -index:
            covered += self._tree[index - step]
            step <<= 1
        self._tree.append(covered)

    def truncate(self, length: int) -> None:
        """Forget everything from index ``length`` on."""
        del self._values[length:]
        del self._tree[length + 1 :]

    def set(self, index: int, value: int) -> None:
        difference = value - self._values[index]
        if not difference:
            return
        self._values[index] = value
        at = index + 1
        tree = self._tree
        while at < len(tree):
            tree[at] += difference
            at += at & -at

    def before(self, index: int) -> int:
        """Sum of the heights before ``index``."""
        total = 0
        tree = self._tree
        while index > 0:
            total += tree[index]
            index -= index & -index
        return total

    def at(self, position: int) -> int:
        """The index whose span holds ``position``; the first or last one where it lies outside. 0 when empty."""
        tree = self._tree
        found = 0
        step = 1 << (len(tree) - 1).bit_length()
        while step:
            probe = found + step
            if probe < len(tree) and tree[probe] <= position:
                found = probe
                position -= tree[probe]
            step >>= 1
        return max(0, min(found, len(self._values) - 1))
