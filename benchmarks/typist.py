"""Somebody who types, in a process of his own: ``python -m benchmarks.typist SECONDS`` writes the moment of each key, in
seconds of the monotonic clock that all processes share, as eight bytes. Keys come 20 to 40 milliseconds apart, as fast as
a key repeats that is held down, whatever the reader does: one that is busy keeps nobody from typing."""

from __future__ import annotations

import random
import struct
import sys
import time

KEY = struct.Struct("d")


def main(seconds: float) -> None:
    chance, end = random.Random(5), time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        sys.stdout.buffer.write(KEY.pack(now))
        sys.stdout.buffer.flush()
        time.sleep(chance.uniform(0.020, 0.040))


if __name__ == "__main__":
    main(float(sys.argv[1]))
