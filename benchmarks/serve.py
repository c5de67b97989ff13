"""``make bench-serve``: what the HTTP face adds to a stream, beside a direct connection to the gateway in the same run.

Gateway, server and client are processes of their own on loopback; the history is the embedded one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from benchmarks.main import ROOT, Gateway, environment, gateway
from benchmarks.results import Figure, report

AT_ONCE = 50
DELTAS, RATE = 400, 100.0
"""Of each of the streams at once: four seconds at a pace at which people are answered."""
ASKED = {"model": "bench", "message": "Go on."}
DIRECT = {"model": "bench", "messages": [{"role": "user", "content": "Go on."}], "stream": True}
READY_S = 30.0


@contextlib.contextmanager
def face(gateway_url: str) -> Iterator[httpx.Client]:
    """The server over an empty history; who asks is logged in."""
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as home:
        set_to = environment(home, LITELLM_BASE_URL=gateway_url, CHAT2ANYLLM_SERVE_PASSWORD=password)
        log = Path(home) / "serve.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "chat2anyllm_desktop", "serve", "--port", "0"],
                cwd=ROOT,
                env=set_to,
                stderr=out,
            )
        try:
            until = time.monotonic() + READY_S
            while (found := re.search(r"(http://\S+)/api", log.read_text())) is None:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text())
                time.sleep(0.02)
            with httpx.Client(base_url=found[1], timeout=60, trust_env=False) as client:
                answer = client.post("/api/login", json={"username": "admin", "password": password})
                client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
                yield client
        finally:
            process.terminate()
            process.wait()


def new_session(client: httpx.Client) -> str:
    return str(client.post("/api/sessions", json={}).json()["id"])


def first_byte(client: httpx.Client, url: str, body: dict[str, object], served: Gateway) -> float:
    """Milliseconds from the first byte of the answer at the gateway to that byte here."""
    with client.stream("POST", url, json=body) as response:
        pieces = response.iter_raw()
        next(pieces)
        seen = time.monotonic()
        for _ in pieces:
            pass
    return 1000 * (seen - served.told(1)[0]["first"])


async def all_at_once(
    url: str, paths: list[str], headers: dict[str, str], body: dict[str, object]
) -> tuple[float, set[int]]:
    """Seconds until as many streams as there are paths have ended, and how many bytes each had."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=120, limits=limits, trust_env=False
    ) as client:

        async def one(path: str) -> int:
            count = 0
            async with client.stream("POST", path, json=body) as response:
                async for piece in response.aiter_raw():
                    count += len(piece)
            return count

        began = time.perf_counter()
        counts = await asyncio.gather(*map(one, paths))
        return time.perf_counter() - began, set(counts)


def figures(runs: int) -> Iterator[Figure]:
    through: list[float] = []
    direct: list[float] = []
    with gateway(20, 1000) as served, face(served.url) as client, httpx.Client(trust_env=False) as bare:
        session = new_session(client)
        for number in range(1 + 10 * runs):
            there = first_byte(client, f"/api/sessions/{session}/chat/stream", dict(ASKED), served)
            here = first_byte(bare, f"{served.url}/v1/chat/completions", dict(DIRECT), served)
            if number:  # The first one opens the connections.
                through.append(there)
                direct.append(here)
    yield Figure(
        "serve_first_byte_ms",
        "ms",
        through,
        direct,
        "first byte of an answer at the gateway to that byte at who asked in a session; floor: without the server",
        "<= floor + 5 ms",
    )
    together: list[float] = []
    directly: list[float] = []
    with gateway(DELTAS, RATE) as served, face(served.url) as client:
        for _ in range(runs):
            paths = [f"/api/sessions/{new_session(client)}/chat/stream" for _ in range(AT_ONCE)]
            seconds, counts = asyncio.run(
                all_at_once(str(client.base_url), paths, dict(client.headers), dict(ASKED))
            )
            bare_paths = ["/v1/chat/completions"] * AT_ONCE
            bare_seconds, bare_counts = asyncio.run(all_at_once(served.url, bare_paths, {}, dict(DIRECT)))
            if counts != bare_counts or len(counts) != 1:
                raise RuntimeError(f"not the same bytes came: {counts} and {bare_counts}")
            together.append(seconds)
            directly.append(bare_seconds)
            served.told(2 * AT_ONCE)
    yield Figure(
        "serve_50_streams_s",
        "s",
        together,
        directly,
        f"{AT_ONCE} streams of {DELTAS} deltas at {RATE:.0f}/s at once, every byte there; floor: without the server",
        "<= 1.3x",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    report(list(figures(parser.parse_args().runs)), ROOT / "build" / "bench" / "serve.json")
