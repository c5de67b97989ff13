"""Somebody who types, in a process of his own: ``python -m benchmarks.typist SECONDS PID`` writes for each key the moment,
in seconds of the monotonic clock that all processes share, and the CPU seconds that the process ``PID`` has used by then.

Keys come 20 to 40 milliseconds apart, as fast as a key repeats that is held down, whatever the reader does: one that is busy
keeps nobody from typing.
"""

from __future__ import annotations

import random
import struct
import sys
import time

KEY = struct.Struct("dd")


def main(seconds: float, pid: int) -> None:
    cpu_clock = ~pid << 3 | 2  # clock_getcpuclockid(3) for another process, on Linux
    chance, end = random.Random(5), time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        sys.stdout.buffer.write(KEY.pack(now, time.clock_gettime(cpu_clock)))
        sys.stdout.buffer.flush()
        time.sleep(chance.uniform(0.020, 0.040))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
