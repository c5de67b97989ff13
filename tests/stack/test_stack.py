"""The stack beside the program: its files, its Compose file, and the same three started from local programs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import yaml

from tests.real.gateway import Gateway
from tests.real.process import free_port

ROOT = Path(__file__).parents[2]
NAMES = ("postgres", "redis", "litellm", "openwebui", "desktop")


def copy_of_project(folder: Path) -> Path:
    for pattern in (".env.*.example", "docker-compose.yml", "schema.sql", "config.yaml"):
        for file in ROOT.glob(pattern):
            shutil.copy(file, folder)
    shutil.copytree(ROOT / "packaging" / "stack", folder / "packaging" / "stack")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the stack is made of."""
    return copy_of_project(tmp_path)


def stack(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(project / "packaging" / "stack"), *words],
        env={**os.environ, **environment},
        cwd=project,
        text=True,
        capture_output=True,
        timeout=170,
        check=False,
    )


def values(project: Path, name: str) -> dict[str, str]:
    lines = (project / f".env.{name}").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


# Files ----------------------------------------------------------------------------------------------------------------
def test_passwords_are_random_private_and_the_same_everywhere(project: Path) -> None:
    assert stack(project, "env").returncode == 0
    for name in NAMES:
        assert stat.S_IMODE((project / f".env.{name}").stat().st_mode) == 0o600
        assert "<" not in "".join(values(project, name).values())
    postgres, litellm, desktop = (values(project, name) for name in ("postgres", "litellm", "desktop"))
    assert len({*postgres.values()}) == 3
    assert all(len(value) >= 32 for value in postgres.values())
    assert postgres["LITELLM_DB_PASSWORD"] in litellm["DATABASE_URL"]
    assert postgres["CHAT2ANYLLM_DB_PASSWORD"] in desktop["DATABASE_URL"]
    assert (
        litellm["LITELLM_MASTER_KEY"]
        == desktop["LITELLM_API_KEY"]
        == values(project, "openwebui")["OPENAI_API_KEY"]
    )
    assert litellm["REDIS_PASSWORD"] == values(project, "redis")["REDIS_PASSWORD"]


def test_nothing_that_is_there_is_written_again(project: Path) -> None:
    stack(project, "env")
    before = {name: (project / f".env.{name}").read_text() for name in NAMES}
    (project / ".env.litellm").unlink()
    again = stack(project, "env")
    assert again.stdout == "Made .env.litellm with new passwords.\n"
    for name in NAMES:
        text = (project / f".env.{name}").read_text()
        if name != "litellm":
            assert text == before[name]
    old = before["litellm"].splitlines()
    new = (project / ".env.litellm").read_text().splitlines()
    # But for the salt, which stands nowhere else.
    assert [line for line in new if "SALT" not in line] == [line for line in old if "SALT" not in line]


def test_git_sees_the_examples_alone() -> None:
    for name in NAMES:
        ignored = subprocess.run(["git", "check-ignore", "-q", f".env.{name}"], cwd=ROOT, check=False)
        assert ignored.returncode == 0
        assert (
            subprocess.run(
                ["git", "check-ignore", "-q", f".env.{name}.example"], cwd=ROOT, check=False
            ).returncode
            == 1
        )


def test_no_password_has_a_default() -> None:
    texts = {path: path.read_text() for path in ROOT.glob(".env.*.example")}
    texts |= {ROOT / name: (ROOT / name).read_text() for name in ("docker-compose.yml", "config.yaml")}
    for path, text in texts.items():
        for line in text.splitlines():
            name, equals, value = re.sub(r"^\s*-?\s*", "", line).partition("=")
            if equals and re.fullmatch(r"\w*(PASSWORD|KEY|SECRET|AUTH)\w*", name):
                assert not value or re.fullmatch(r"(sk-)?<\w+>", value), f"{path.name}: {line}"
        found = re.findall(r"(?i)(?:password|secret|master_key|api_key)\"?:\s*(\S+)", text)
        assert all(value.startswith("os.environ/") or value == "none" for value in found), (
            f"{path.name}: {found}"
        )
        assert not re.search(r"(?i)\$\{\w*(PASSWORD|KEY|SECRET)\w*:?-[^}]", text)


# Containers -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profiles", [(), ("openwebui",), ("tls",), ("openwebui", "tls")])
def test_compose_takes_the_file(project: Path, profiles: tuple[str, ...]) -> None:
    command = _compose()
    if command is None:
        pytest.skip("no Docker Compose 2 is installed (Debian 13: apt-get install docker-compose)")
    stack(project, "env")
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    done = subprocess.run(
        [*command, "--file", "docker-compose.yml", *chosen, "config", "--quiet"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _compose() -> list[str] | None:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        asked = [*command, "version", "--short"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        if re.match(r"v?([2-9]|\d\d)\.", version):
            return command
    return None


def test_services_wait_for_each_other_and_listen_here_alone() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert set(services) == {"postgres", "redis", "litellm", "openwebui", "tls"}
    for name, service in services.items():
        assert service["restart"] == "unless-stopped"
        assert not service["image"].endswith((":latest", ":main")), "pinned"
        for port in service.get("ports", ()):
            assert name == "tls" or port.startswith("${STACK_BIND:-127.0.0.1}:")
        if "env_file" in service:
            assert (ROOT / f"{service['env_file']}.example").exists()
    # Without its file Compose starts nothing: so no password can be missing, and none can have a default.
    assert [name for name, service in services.items() if "env_file" not in service] == ["tls"]
    assert not any("environment" in service for service in services.values())
    needed = services["litellm"]["depends_on"]
    assert needed == {name: {"condition": "service_healthy"} for name in ("postgres", "redis")}
    for name in needed:
        assert "healthcheck" in services[name]
    mounted = [v for service in services.values() for v in service.get("volumes", ()) if v.startswith("./")]
    assert all(volume.endswith(":ro") for volume in mounted)
    assert all((ROOT / volume.split(":")[0]).exists() for volume in mounted)


def test_without_an_engine_it_says_what_to_do(project: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = stack(project, "up", PATH=str(empty))
    assert done.returncode == 1
    assert "make stack-up-native" in done.stderr
    assert "Traceback" not in done.stderr


# The three, from local programs ------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def running(litellm_gateway: Gateway) -> Iterator[tuple[Path, dict[str, str]]]:
    """The native stack in a copy of the project, on free ports; ended with the module. ``litellm_gateway`` skips where
    there is no LiteLLM."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server is installed (Debian: apt-get install redis-server)")
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and shutil.which("initdb") is None:
        pytest.skip("no PostgreSQL is installed on this system (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="c2a-stack-"))
    folder.chmod(0o755)  # Postgres runs as another user where the tests run as root.
    project = copy_of_project(folder)
    ports = {f"STACK_{name}_PORT": str(free_port()) for name in ("POSTGRES", "REDIS", "LITELLM")}
    try:
        done = stack(project, "up", "--native", **ports)
        assert done.returncode == 0, done.stderr
        yield project, ports
    finally:
        ended = stack(project, "down", "--native", **ports)
        shutil.rmtree(folder, ignore_errors=True)
        assert ended.returncode == 0, ended.stderr


def test_the_stack_serves_what_the_desktop_asks(running: tuple[Path, dict[str, str]]) -> None:
    project, _ = running
    home = project / "home"
    desktop = {**values(project, "desktop"), "CHAT2ANYLLM_HOME": str(home), "CHAT2ANYLLM_KEYRING": "off"}
    command = [sys.executable, "-m", "chat2anyllm_desktop", "ask", "--model", "demo", "Is anybody there?"]
    environment = {**os.environ, **desktop, "PYTHONPATH": str(ROOT)}
    asked = subprocess.run(
        command, env=environment, cwd=project, capture_output=True, text=True, timeout=120, check=False
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("The gateway works.")
    with psycopg.connect(desktop["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT role, content FROM messages ORDER BY created_at").fetchall()
    assert rows[0] == ("user", "Is anybody there?")
    assert rows[1][1].startswith("The gateway works.")


def test_redis_wants_its_password_and_forgets_the_oldest(running: tuple[Path, dict[str, str]]) -> None:
    project, ports = running

    def ask(*lines: str) -> str:
        with socket.create_connection(("127.0.0.1", int(ports["STACK_REDIS_PORT"])), timeout=5) as connection:
            connection.sendall("".join(f"{line}\r\n" for line in (*lines, "QUIT")).encode())
            reply = b""
            while piece := connection.recv(4096):
                reply += piece
        return reply.decode()

    assert ask("PING").startswith("-NOAUTH")
    login = f"AUTH {values(project, 'redis')['REDIS_PASSWORD']}"
    assert str(256 * 1024 * 1024) in ask(login, "CONFIG GET maxmemory")
    assert "allkeys-lru" in ask(login, "CONFIG GET maxmemory-policy")


def test_each_database_belongs_to_its_own_user(running: tuple[Path, dict[str, str]]) -> None:
    project, ports = running
    postgres = values(project, "postgres")

    def connect(user: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
        password = postgres["POSTGRES_PASSWORD" if user == "postgres" else f"{user.upper()}_DB_PASSWORD"]
        where = {"host": "127.0.0.1", "port": ports["STACK_POSTGRES_PORT"], "connect_timeout": "5"}
        return psycopg.connect(user=user, password=password, dbname=database, **where)  # type: ignore[arg-type] # text is taken too

    for user in ("chat2anyllm", "litellm"):
        with connect(user, user) as connection:
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            assert row == (False,)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        connect("litellm", "chat2anyllm")
    with connect("chat2anyllm", "chat2anyllm") as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() is not None


def test_a_second_start_changes_nothing(running: tuple[Path, dict[str, str]]) -> None:
    project, ports = running
    before = {name: (project / f".env.{name}").read_text() for name in NAMES}
    pids = {path.name: path.read_text() for path in (project / ".stack").glob("*.pid")}
    again = stack(project, "up", "--native", **ports)
    assert again.returncode == 0, again.stderr
    assert "Made" not in again.stdout
    assert {name: (project / f".env.{name}").read_text() for name in NAMES} == before
    assert {path.name: path.read_text() for path in (project / ".stack").glob("*.pid")} == pids
    status = stack(project, "status", "--native", **ports).stdout
    assert status.count("runs, process") == 3


def test_a_backup_is_put_back(running: tuple[Path, dict[str, str]]) -> None:
    project, ports = running
    address = values(project, "desktop")["DATABASE_URL"]
    count = "SELECT count(*), sum(length(content)), max(created_at) FROM messages"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO sessions (title) VALUES ('Kept 保存')")
        connection.execute(
            "INSERT INTO messages (session_id, role, content)"
            " SELECT id, 'user', repeat('word ', 1000) FROM sessions, generate_series(1, 50)"
        )
        before = connection.execute(count).fetchone()
    saved = stack(project, "backup", "history.dump", "--native", **ports)
    assert saved.returncode == 0, saved.stderr
    assert stat.S_IMODE((project / "history.dump").stat().st_mode) == 0o600
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DELETE FROM messages")
        connection.execute("UPDATE sessions SET title = 'Lost'")
    restored = stack(project, "restore", "history.dump", "--native", **ports)
    assert restored.returncode == 0, restored.stderr
    with psycopg.connect(address) as connection:
        assert connection.execute(count).fetchone() == before
        assert connection.execute("SELECT title FROM sessions WHERE title = 'Kept 保存'").fetchone()
        owner = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'messages'").fetchone()
        assert owner == ("chat2anyllm",), "the program can still upgrade it"
    missing = stack(project, "restore", "nothing.dump", "--native", **ports)
    assert (missing.returncode, missing.stderr) == (1, "There is no file nothing.dump.\n")


def test_another_password_is_told(running: tuple[Path, dict[str, str]]) -> None:
    project, ports = running
    file = project / ".env.postgres"
    kept = file.read_text()
    try:
        file.write_text(re.sub("(?m)^POSTGRES_PASSWORD=.*", "POSTGRES_PASSWORD=another", kept))
        done = stack(project, "up", "--native", **ports)
    finally:
        file.write_text(kept)
    assert done.returncode == 1
    assert "The database has another password than .env.postgres" in done.stderr
