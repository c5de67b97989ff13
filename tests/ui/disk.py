"""What a run of the program leaves on the disk, searched for what must not be there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from chat2anyllm_desktop import logs, paths


@contextmanager
def logged() -> Iterator[None]:
    """With the log file of the program, at its most talkative."""
    logs.start_logging("debug", paths.log_file())
    try:
        yield
    finally:
        logs.stop_logging()


def assert_nowhere(*secrets: str) -> None:
    """None of these, in whatever form, is in a file of the program's home."""
    files = [file for file in paths.state_folder().parent.rglob("*") if file.is_file()]
    assert files
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}:
            holding = [file for file in files if form.encode() in file.read_bytes()]
            assert not holding, f"{form!r} is in {holding}"
