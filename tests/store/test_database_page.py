"""What docs/database.md says, done on real servers: the account that owns nothing, and TLS with the certificate checked."""

from __future__ import annotations

import datetime
import ipaddress
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import StoreError
from chat2anyllm_desktop.store.inspection import inspect_database
from chat2anyllm_desktop.store.postgres import PostgresStore
from tests.real.postgres import OwnServer, Server, execute
from tests.store.conftest import OpenPostgres
from tests.store.making import make_message, make_session

PAGE = (Path(__file__).parents[2] / "docs" / "database.md").read_text(encoding="utf-8")


@pytest.fixture
def account() -> Iterator[Callable[[str], str]]:
    """Makes the account of the page in a database, and takes it away when the test ends."""
    made: list[str] = []

    def make(dsn: str) -> str:
        (statements,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
        name = dsn.rpartition("/")[2]
        execute(
            dsn, statements.replace("DATABASE chat2anyllm ", f'DATABASE "{name}" ').replace("…", "for tests")
        )
        made.append(dsn)
        return statements

    yield make
    for dsn in made:
        execute(dsn, "DROP OWNED BY chat_user; DROP ROLE chat_user")


def test_the_account_may_use_the_history_and_nothing_else(
    postgres_server: OwnServer,
    new_database: Callable[[Server], str],
    account: Callable[[str], str],
    open_postgres: OpenPostgres,
) -> None:
    dsn = new_database(postgres_server)
    open_postgres(dsn)
    account(dsn)
    theirs = postgres_server.dsn(dsn.rpartition("/")[2], user="chat_user", password="for tests")
    store = open_postgres(theirs)
    session = store.save_session(make_session())
    store.save_message(make_message(session, content="kept"))
    assert [message.content for message in store.history(session.id)] == ["kept"]
    assert store.list_templates() == []
    assert inspect_database(theirs).up_to_date
    store.delete_session(session.id)
    for statement in ("DROP TABLE messages", "DELETE FROM chat2anyllm_schema"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(theirs, statement)


@pytest.fixture(scope="module")
def authority(
    system_postgres_server: OwnServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[OwnServer, Path]:
    """The system's server, with TLS and a certificate for "localhost" alone, and the file of its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    now = datetime.datetime.now(datetime.UTC)

    def certificate(subject: x509.Name, of: ec.EllipticCurvePrivateKey, *, authority: bool) -> bytes:
        builder = x509.CertificateBuilder(
            issuer_name=name,
            subject_name=subject,
            public_key=of.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - datetime.timedelta(days=1),
            not_valid_after=now + datetime.timedelta(days=1),
        ).add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        if not authority:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(
                    [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("::1"))]
                ),
                critical=False,
            )
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    server_key = ec.generate_private_key(ec.SECP256R1())
    server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    system_postgres_server.speak_tls(
        certificate(server_name, server_key, authority=False),
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    file = tmp_path_factory.mktemp("authority") / "root.crt"
    file.write_bytes(certificate(name, key, authority=True))
    return system_postgres_server, file


def opened(dsn: str) -> str:
    """Open the history there; the words of the failure, or an empty text."""
    store = PostgresStore(dsn, paths.resource("schema.sql"))
    try:
        store.open()
    except StoreError as error:
        return f"{error}\n{error.detail}"
    finally:
        store.close()
    return ""


def test_a_server_is_told_from_others_by_its_certificate(
    authority: tuple[OwnServer, Path], new_database: Callable[[Server], str]
) -> None:
    server, file = authority
    dsn = new_database(server)
    by_name = dsn.replace("@127.0.0.1:", "@localhost:")
    checked = f"?sslmode=verify-full&sslrootcert={file}"
    deadline = time.monotonic() + 10
    while (words := opened(by_name + checked)) and time.monotonic() < deadline:
        time.sleep(0.1)  # The server reads its configuration anew in its own time.
    assert words == ""
    assert execute(by_name + checked, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [(True,)]
    # Reached by a name that the certificate does not have, and with authorities that did not sign it.
    assert "its certificate is not trusted" in opened(dsn + checked)
    assert "its certificate is not trusted" in opened(f"{by_name}?sslmode=verify-full&sslrootcert=system")
    assert "its certificate is not trusted" in opened(f"{by_name}?sslmode=verify-full&sslrootcert={file}.not")
    # Without sslmode: in TLS, but whoever it is.
    assert opened(dsn) == ""
    assert execute(dsn, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [(True,)]
