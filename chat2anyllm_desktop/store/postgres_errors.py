"""What PostgreSQL and libpq say, as sentences for people. Passwords never get through.

While connecting, libpq gives words without a code, so these are told apart by their words; where those are in another
language than English the general sentence is used, and the words are in its detail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat2anyllm_desktop.core.errors import (
    NotFoundError,
    SchemaError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from chat2anyllm_desktop.core.language import mark, sentences, tr
from chat2anyllm_desktop.store.postgres_address import PostgresAddress

if TYPE_CHECKING:
    import psycopg

TRANSIENT = ("40001", "40P01")
"""Two transactions met (serialization failure, deadlock): doing the same again succeeds."""

# The first entry of which a word occurs is taken. StoreUnavailableError where waiting may help, StoreError where
# somebody has to act.
_CONNECTING: tuple[tuple[tuple[str, ...], type[StoreError], str], ...] = (
    (
        ("authentication failed", "no password supplied"),
        StoreError,
        mark(
            'The database {place} refuses the user name or password (user "{user}"). Correct the address in the settings '
            "or in DATABASE_URL."
        ),
    ),
    (
        ("no encryption", "ssl off"),
        StoreError,
        mark(
            "The database server {host} does not let us in without encryption: add sslmode=require to the address."
        ),
    ),
    (
        ("no pg_hba.conf entry", "pg_hba.conf rejects"),
        StoreError,
        mark(
            "The database server {host} does not let us in: its administrator must allow this computer and user in "
            "pg_hba.conf."
        ),
    ),
    (
        ("permission denied for database",),
        StoreError,
        mark(
            'The user "{user}" may not connect to {place}. Its administrator can allow it with GRANT CONNECT.'
        ),
    ),
    (
        ("does not support ssl",),
        StoreError,
        mark(
            "The database server {host} offers no encrypted connection, and the address asks for one. Enable TLS there, or "
            "remove sslmode from the address if the network is trusted."
        ),
    ),
    (
        ("certificate", "root.crt"),
        StoreError,
        mark(
            "The encrypted connection to {host} failed: its certificate is not trusted. Name the file of the authority's "
            "certificate with sslrootcert in the address."
        ),
    ),
    (
        ("bad value", "invalid ssl", "invalid port", "invalid integer", "invalid channel_binding", "invalid gss"),
        StoreError,
        mark("The database address has an option with a value that cannot be used."),
    ),
    (("starting up", "shutting down"), StoreUnavailableError, mark("The database at {place} is starting or stopping.")),
    (
        ("too many clients", "too many connections", "connection slots"),
        StoreUnavailableError,
        mark("The database at {place} has no free connection."),
    ),
    (
        ("translate host name", "name or service not known", "nodename nor servname", "getaddrinfo", "failed to resolve"),
        StoreUnavailableError,
        mark('The database host "{host}" is not known. Check the name and the network.'),
    ),
    (
        ("connection refused", "no such file or directory"),
        StoreUnavailableError,
        mark("No database answers at {place}. Is the server running?"),
    ),
    (
        ("timeout", "timed out"),
        StoreUnavailableError,
        mark("The database at {place} does not answer. Check the network, the address and the firewall."),
    ),
    (
        ("not permitted to log in",),
        StoreError,
        mark('The database server {host} does not let the user "{user}" log in.'),
    ),
    (
        ("does not exist",),
        StoreError,
        mark(
            'There is no database "{database}" for the user "{user}" on {host}. Create it, or correct the address.'
        ),
    ),
)  # fmt: skip

_WORKING: dict[str, tuple[type[StoreError], str]] = {
    "23503": (NotFoundError, mark("The session is gone: it was deleted elsewhere.")),
    "25006": (
        StoreReadOnlyError,
        mark("The database at {place} accepts no changes now (it is read-only or a standby)."),
    ),
    "42501": (
        StoreError,
        mark(
            'The user "{user}" may not use the tables of {place}. '
            'Its owner can allow it: GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, messages, roles TO "{user}"; '
            'GRANT SELECT ON chat2anyllm_schema TO "{user}"; '
            'GRANT SELECT, INSERT, UPDATE, DELETE ON chat2anyllm_templates TO "{user}";'
        ),
    ),
    "42P01": (
        SchemaError,
        mark("The tables of {place} are not as they should be. Start again to have them put right."),
    ),
    "42703": (
        SchemaError,
        mark("The tables of {place} are not as they should be. Start again to have them put right."),
    ),
    "53100": (
        StoreError,
        mark("The disk of the database server {host} is full. What was not saved is kept here."),
    ),
    "53300": (StoreUnavailableError, mark("The database at {place} has no free connection.")),
    "54000": (StoreError, mark("This text is too long for the database.")),
    "55P03": (StoreUnavailableError, mark("Another program is busy with the tables of {place}. Try again.")),
    "57014": (
        StoreUnavailableError,
        mark("The database at {place} took too long and was stopped. Try again."),
    ),
    "22P05": (
        StoreError,
        mark("The database {place} cannot keep some characters: it should have the encoding UTF8."),
    ),
}


def connecting_error(error: Exception, address: PostgresAddress) -> StoreError:
    """Why there is no connection."""
    detail = address.mask(str(error).strip())
    words = detail.lower()
    for signs, kind, sentence in _CONNECTING:
        if any(sign in words for sign in signs):
            return kind(_filled(sentence, address), detail=detail)
    return StoreUnavailableError(
        _filled(mark("The database at {place} cannot be reached."), address), detail=detail
    )


def is_lost(connection: psycopg.Connection[tuple[object, ...]], error: psycopg.Error) -> bool:
    """Whether ``error`` is of the connection and not of what was asked on it.

    What the server says has a code. An operational error without one is of libpq or of the driver, who may find the socket
    broken before libpq does: its connection then does not call itself closed.
    """
    import psycopg

    return connection.closed or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None)


def working_error(error: psycopg.Error, address: PostgresAddress, *, lost: bool) -> StoreError:
    """Why a verb failed on a connection that there was; ``lost`` when it broke."""
    detail = address.mask(str(error).strip())
    if lost:
        return StoreUnavailableError(
            _filled(mark("The connection to the database {place} was lost."), address), detail=detail
        )
    kind, sentence = _WORKING.get(
        error.sqlstate or "",
        (StoreError, mark("The database {place} refused: {words}")),
    )
    if error.sqlstate in TRANSIENT:
        kind, sentence = StoreUnavailableError, mark("Another program is changing the same rows. Try again.")
    return kind(_filled(sentence, address, words=detail.partition("\n")[0]), detail=detail)


def schema_error(error: psycopg.Error, address: PostgresAddress, schema_file: object) -> StoreError:
    """Why the tables could not be made or upgraded; nothing was changed then."""
    detail = address.mask(str(error).strip())
    if error.sqlstate in ("C2A01", "C2A02"):
        foreign = error.sqlstate == "C2A01"
        remedy = tr("Choose another database.") if foreign else tr("Update this program.")
        return SchemaError(sentences(error.diag.message_primary or detail, remedy), detail=detail)
    if error.sqlstate in ("42501", "3F000"):
        return SchemaError(
            _filled(
                mark(
                    'The tables of {place} must be made or upgraded once, and the user "{user}" may not do that. '
                    'Ask the owner of the tables to run: psql -d "{database}" -f schema.sql'
                ),
                address,
            ),
            detail=f"{schema_file}\n{detail}",
        )
    return working_error(error, address, lost=False)


def _filled(sentence: str, address: PostgresAddress, *, words: str = "") -> str:
    return address.mask(
        tr(
            sentence,
            place=address.name,
            host=address.host,
            user=address.user,
            database=address.database,
            words=words,
        )
    )
