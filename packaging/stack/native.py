"""The stack from local programs, for computers without a container engine: the same databases, options and config.yaml.

Everything lies in one folder (by default .stack in the checkout). Postgres refuses to run as root; started by root it, and
its files, belong to ``nobody``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from environment import StackError, read

_READY_S = 120.0
_STOP_S = 30.0
_DUMP = ["--format", "custom", "--no-owner"]
_RESTORE = ["--clean", "--if-exists", "--no-owner", "--exit-on-error"]


class Program:
    """A server that runs in the background, found again by its id in a file."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._file = folder / f"{name}.pid"

    @property
    def pid(self) -> int | None:
        """Its id while it runs."""
        try:
            pid, command = self._file.read_text().split("\n", 1)
        except (OSError, ValueError):
            return None
        # An id may be another program's by now.
        return int(pid) if pid.isdigit() and _command_of(int(pid)) == command.strip() else None

    def start(
        self,
        command: Sequence[str],
        answers: Callable[[], bool],
        *,
        environment: Mapping[str, str] | None = None,
        standard_input: str = "",
        user: Mapping[str, Any] | None = None,
    ) -> None:
        """Start it unless it runs, and wait until it answers. Raises StackError with the end of its log."""
        if self.pid is None:
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd=self._file.parent,
                    env=dict(environment) if environment is not None else None,
                    start_new_session=True,
                    **(user or {}),
                )
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(standard_input.encode())
            until = time.monotonic() + 5
            while not (running := _command_of(process.pid)) and time.monotonic() < until:
                time.sleep(0.02)
            self._file.write_text(f"{process.pid}\n{running}")
        until = time.monotonic() + _READY_S
        while not answers():
            if self.pid is None or time.monotonic() > until:
                said = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
                raise StackError(f"{self.name} does not answer. The end of {self.log}:\n{said}")
            # Its own command line may only be known once it runs.
            time.sleep(0.1)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> bool:
        """End it, and wait; False when it did not run."""
        pid = self.pid
        if pid is None:
            self._file.unlink(missing_ok=True)
            return False
        os.kill(pid, sign)
        until = time.monotonic() + _STOP_S
        while self.pid is not None:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # Where it is a child of ours.
            if time.monotonic() > until:
                raise StackError(f"{self.name} (process {pid}) does not end.")
            time.sleep(0.05)
        self._file.unlink(missing_ok=True)
        return True


class Native:
    """Every word of ``python packaging/stack`` for local programs."""

    def __init__(self, root: Path, folder: Path) -> None:
        if os.name == "nt":
            raise StackError(
                "The native stack is for Linux and macOS. On Windows use Docker: docker compose up --wait"
            )
        self._root = root
        self._folder = folder
        self._postgres = Program("postgres", folder)
        self._redis = Program("redis", folder)
        self._litellm = Program("litellm", folder)

    def up(self, profiles: list[str]) -> None:
        """Start what does not run yet. Raises StackError."""
        if profiles:
            raise StackError("Profiles are for containers: the native stack has Postgres, Redis and LiteLLM.")
        postgres, redis, litellm = (
            read(self._root / f".env.{name}") for name in ("postgres", "redis", "litellm")
        )
        binaries, server, gateway = _postgres_binaries(), _program("redis-server"), self._litellm_command()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if _as_nobody():
            self._folder.chmod(0o711)
        self._start_postgres(binaries, postgres)
        self._start_redis(server, redis["REDIS_PASSWORD"])
        self._start_litellm(gateway, litellm)

    def down(self) -> None:
        stopped = [
            program.name
            for program, sign in (
                (self._litellm, signal.SIGTERM),
                (self._redis, signal.SIGTERM),
                (self._postgres, signal.SIGINT),  # "Fast": does not wait for clients.
            )
            if program.stop(sign)
        ]
        print(f"Ended: {', '.join(stopped) or 'nothing ran'}.")

    def status(self) -> None:
        for program in (self._postgres, self._redis, self._litellm):
            print(f"{program.name:<10}{f'runs, process {program.pid}' if program.pid else 'does not run'}")

    def logs(self) -> None:
        for program in (self._postgres, self._redis, self._litellm):
            if program.log.exists():
                print(f"== {program.log}\n{program.log.read_text(errors='replace')[-8000:]}")

    def backup(self, database: str, file: Path) -> None:
        with file.open("wb") as out:
            self._tool("pg_dump", *_DUMP, "--dbname", database, stdout=out)

    def restore(self, database: str, file: Path) -> None:
        with file.open("rb") as source:
            self._tool("pg_restore", *_RESTORE, "--role", database, "--dbname", database, stdin=source)

    # The three ---------------------------------------------------------------------------------------------------------
    def _start_postgres(self, binaries: Path, values: dict[str, str]) -> None:
        data, port = self._folder / "postgres", _port("POSTGRES", 5432)
        user = _as_nobody()
        fresh = not (data / "PG_VERSION").exists()
        if fresh:
            shutil.rmtree(data, ignore_errors=True)  # A first start that was broken off.
            data.mkdir(mode=0o700)
            password = self._folder / "password"
            password.write_text(values["POSTGRES_PASSWORD"])
            for path in (data, password):
                _give(path)
            command = [str(binaries / "initdb"), "--auth-local=scram-sha-256", "--auth-host=scram-sha-256"]
            command += ["--username=postgres", f"--pwfile={password}", "--encoding=UTF8", "--locale=C"]
            try:
                done = subprocess.run(
                    [*command, f"--pgdata={data}"],
                    capture_output=True,
                    text=True,
                    cwd="/",
                    check=False,
                    **user,
                )
            finally:
                password.unlink()
            if done.returncode:
                shutil.rmtree(data, ignore_errors=True)
                raise StackError(f"The database cannot be made: {done.stderr.strip()[-1000:]}")
        command = [
            str(binaries / "postgres"),
            "-D",
            str(data),
            "--listen_addresses=127.0.0.1",
            f"--port={port}",
        ]
        # No socket: its path would have to be short, and nobody asks there.
        command += ["--unix_socket_directories="]
        self._postgres.start(
            command, lambda: self._query("postgres", "SELECT 1", values) is not None, user=user
        )
        there = "SELECT 1 FROM pg_database WHERE datname IN ('chat2anyllm', 'litellm') HAVING count(*) = 2"
        marker = "SELECT 1 WHERE to_regclass('chat2anyllm_schema') IS NOT NULL"
        if not (self._query("postgres", there, values) and self._query("chat2anyllm", marker, values)):
            self._make_databases(binaries, values)

    def _make_databases(self, binaries: Path, values: dict[str, str]) -> None:
        """As the container does it, by the same script."""
        environment = {
            **os.environ,
            **values,
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(_port("POSTGRES", 5432)),
            "SCHEMA_FILE": str(self._root / "schema.sql"),
        }
        passwords = self._folder / "pgpass"
        lines = [f"*:*:*:postgres:{values['POSTGRES_PASSWORD']}"]
        lines += [f"*:*:*:chat2anyllm:{values['CHAT2ANYLLM_DB_PASSWORD']}"]
        passwords.touch(mode=0o600)
        try:
            passwords.write_text("\n".join(lines) + "\n")
            script = [str(self._root / "packaging" / "stack" / "databases.sh")]
            done = subprocess.run(
                ["sh", *script],
                env={**environment, "PGPASSFILE": str(passwords)},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            passwords.unlink()
        if done.returncode:
            raise StackError(f"The databases cannot be made: {done.stderr.strip()[-2000:]}")

    def _start_redis(self, server: str, password: str) -> None:
        port = _port("REDIS", 6379)
        options = ["bind 127.0.0.1", f"port {port}", f'requirepass "{password}"', "maxmemory 256mb"]
        options += ["maxmemory-policy allkeys-lru", 'save ""', "appendonly no", "daemonize no"]
        self._redis.start(
            [server, "-"], lambda: _redis_answers(port, password), standard_input="\n".join(options) + "\n"
        )

    def _start_litellm(self, command: str, values: dict[str, str]) -> None:
        port = _port("LITELLM", 4000)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        here = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(_port("REDIS", 6379))}
        # Keys and users in a database of its own need LiteLLM's generated database client, which its image has.
        values = {name: value for name, value in values.items() if value and name != "DATABASE_URL"}
        values |= {name: value.replace("host.docker.internal", "127.0.0.1") for name, value in values.items()}
        self._litellm.start(
            [
                command,
                "--config",
                str(self._root / "config.yaml"),
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
            ],
            lambda: _http_answers(f"http://127.0.0.1:{port}/health/liveliness"),
            environment={**inherited, **values, **here},
        )

    def _litellm_command(self) -> str:
        given = os.environ.get("CHAT2ANYLLM_TEST_LITELLM", "")
        for path in (Path(given) if given else None, self._root / ".venv-litellm" / "bin" / "litellm"):
            if path is not None and path.exists():
                return str(path)
        found = shutil.which("litellm")
        if found is None:
            raise StackError(
                "There is no LiteLLM on this computer: python3 -m venv .venv-litellm && .venv-litellm/bin/pip install"
                " --constraint constraints-litellm.txt 'litellm[proxy]' redis"
            )
        return found

    def _query(self, database: str, sql: str, values: dict[str, str]) -> list[Any] | None:
        """Rows; None while the server does not answer."""
        import psycopg

        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=_port("POSTGRES", 5432),
                user="postgres",
                password=values["POSTGRES_PASSWORD"],
                dbname=database,
                connect_timeout=3,
            ) as connection:
                return connection.execute(sql.encode()).fetchall()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StackError(
                    "The database has another password than .env.postgres: put the old file back, or remove"
                    f" {self._folder / 'postgres'} to begin anew."
                ) from None
            return None

    def _tool(self, name: str, *words: str, **streams: Any) -> None:
        values = read(self._root / ".env.postgres")
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(_port("POSTGRES", 5432)), "PGUSER": "postgres"}
        login["PGPASSWORD"] = values["POSTGRES_PASSWORD"]
        done = subprocess.run(
            [str(_postgres_binaries() / name), *words],
            env={**os.environ, **login},
            stderr=subprocess.PIPE,
            check=False,
            **streams,
        )
        if done.returncode:
            raise StackError(f"{name}: {done.stderr.decode(errors='replace').strip()[-2000:]}")


def _port(name: str, usual: int) -> int:
    given = os.environ.get(f"STACK_{name}_PORT", "")
    return int(given) if given.isdigit() else usual


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise StackError(
            f"There is no {name} on this computer (Debian: apt-get install redis-server; macOS: brew install redis)."
        )
    return found


def _postgres_binaries() -> Path:
    """The folder of the newest PostgreSQL that is installed."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    places += Path("/usr/local/opt").glob("postgresql@*/bin")
    whole = [
        path for path in places if all((path / name).exists() for name in ("initdb", "postgres", "psql"))
    ]
    if whole:
        return max(whole, key=lambda path: float(path.parent.name.rpartition("@")[2] or 0))
    beside = shutil.which("initdb")
    if beside is not None:
        return Path(beside).resolve().parent
    raise StackError(
        "There is no PostgreSQL on this computer (Debian: apt-get install postgresql; macOS: brew install postgresql)."
    )


def _command_of(pid: int) -> str:
    """The command line of a process, and what tells it from a later one of the same id; empty for none."""
    asked = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = asked.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _as_nobody() -> dict[str, Any]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": _group(), "extra_groups": []}


def _group() -> int:
    import pwd

    return pwd.getpwnam("nobody").pw_gid


def _give(path: Path) -> None:
    if _as_nobody():
        shutil.chown(path, "nobody", _group())


def _redis_answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            reply = b""
            while reply.count(b"\r\n") < 2 and (piece := connection.recv(1024)):
                reply += piece
    except OSError:
        return False
    if reply.startswith((b"-WRONGPASS", b"-ERR")):
        raise StackError(f"Another Redis listens on port {port}: set STACK_REDIS_PORT to a free one.")
    return reply == b"+OK\r\n+PONG\r\n"


def _http_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as response:
            return int(response.status) == 200
    except (urllib.error.URLError, OSError):
        return False
