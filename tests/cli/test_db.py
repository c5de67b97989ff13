from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.real.postgres import OwnServer, execute, least_privileged

ROOT = Path(__file__).parent.parent.parent


def db(action: str, dsn: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "chat2anyllm_desktop", "db", action],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": dsn},
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_an_empty_database_gets_its_tables_when_asked_to(postgres_dsn: str) -> None:
    status, text = db("status", postgres_dsn)
    assert status == 1
    assert "No tables yet" in text
    assert db("status", postgres_dsn)[0] == 1, "looking changes nothing"
    status, text = db("upgrade", postgres_dsn)
    assert status == 0
    assert "was without tables" in text
    status, text = db("status", postgres_dsn)
    assert status == 0
    assert "0 sessions, 0 messages" in text


def test_a_database_of_the_web_edition_is_upgraded_and_keeps_its_rows(web_edition_dsn: str) -> None:
    status, text = db("status", web_edition_dsn)
    assert status == 1
    assert "1 sessions, 2 messages\nSchema version 0" in text
    assert "was of schema version 0" in db("upgrade", web_edition_dsn)[1]
    assert "is up to date" in db("upgrade", web_edition_dsn)[1]
    status, text = db("status", web_edition_dsn)
    assert status == 0
    assert "1 sessions, 2 messages" in text


def test_missing_triggers_are_named_and_put_back(web_edition_dsn: str) -> None:
    db("upgrade", web_edition_dsn)
    execute(web_edition_dsn, "DROP TRIGGER trg_roles_notify ON roles")
    status, text = db("status", web_edition_dsn)
    assert status == 1
    assert "Missing triggers: trg_roles_notify" in text
    assert db("upgrade", web_edition_dsn)[0] == 0
    assert db("status", web_edition_dsn)[0] == 0


def test_who_may_not_upgrade_is_told_so(web_edition_dsn: str, postgres_server: OwnServer) -> None:
    db("upgrade", web_edition_dsn)
    execute(web_edition_dsn, "DROP TABLE chat2anyllm_templates; UPDATE chat2anyllm_schema SET version = 1")
    status, text = db("upgrade", least_privileged(web_edition_dsn, postgres_server))
    assert status == 1
    assert "can be used as it is, but this user may not upgrade it" in text


def test_a_dead_database_is_told_in_one_sentence() -> None:
    status, text = db("status", "postgresql://ann:hunter22@127.0.0.1:9/x")
    assert status == 1
    assert len(text.splitlines()) == 1
    assert "hunter22" not in text


def test_without_a_database_it_says_where_the_history_is(home: Path) -> None:
    status, text = db("status", "")
    assert status == 1
    assert str(home / "data" / "history.sqlite3") in text
