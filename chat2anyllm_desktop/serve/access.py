"""Who may ask: a password, tokens that expire, and a limit to guessing."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request

from chat2anyllm_desktop.serve.refusals import Refusal

TOKEN_S = 12 * 3600
"""Seconds that a token is good for."""
_TOKENS = 10_000
"""Tokens that are good at a time; the oldest go first."""
_TRIES = 5
"""Wrong passwords of one address in :data:`_TRIES_S` seconds."""
_TRIES_ALL = 60
"""The same of all addresses together: guesses may come from many."""
_TRIES_S = 60.0
_ADDRESSES = 10_000

Clock = Callable[[], float]


class Guesses:
    """Wrong passwords, of late, by address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_address: OrderedDict[str, list[float]] = OrderedDict()
        self._all: list[float] = []

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try again; 0 when it may."""
        mine = self._recent(self._by_address.get(address, []))
        self._all = self._recent(self._all)
        waits = [
            of[-most] + _TRIES_S for of, most in ((mine, _TRIES), (self._all, _TRIES_ALL)) if len(of) >= most
        ]
        return max((until - self._clock() for until in waits), default=0.0)

    def add(self, address: str) -> None:
        """A try, not known yet to be a right one: tries at the same moment count each other."""
        now = self._clock()
        self._by_address[address] = [*self._recent(self._by_address.get(address, [])), now]
        self._by_address.move_to_end(address)
        self._all.append(now)
        if len(self._by_address) > _ADDRESSES:
            self._by_address.popitem(last=False)

    def forgive(self, address: str) -> None:
        """It was the right one."""
        mine = self._by_address.pop(address, [])
        if mine:
            self._all.remove(mine[-1])

    def _recent(self, tries: list[float]) -> list[float]:
        since = self._clock() - _TRIES_S
        return [at for at in tries if at > since]


class Access:
    """Gives tokens for the password, and knows them again. Tokens are kept as hashes, in memory: they end with the
    program."""

    def __init__(self, username: str, password: str, *, clock: Clock = time.monotonic) -> None:
        """An empty password lets nobody in but who has a token of :meth:`new_token`."""
        self._username = username
        self._password = password
        self._clock = clock
        self._guesses = Guesses(clock)
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def login(self, address: str, username: str, password: str) -> str:
        """A token. Raises Refusal: 401 for a wrong password, 429 for too many of them."""
        wait_s = self._guesses.wait_s(address)
        if wait_s > 0:
            raise Refusal(
                429,
                "Too many wrong passwords: wait a minute and try again.",
                headers={"Retry-After": str(math.ceil(wait_s))},
            )
        self._guesses.add(address)
        # Both are compared, whichever is wrong, and as hashes: neither length nor place of the fault shows in the time.
        right = _same(username, self._username) & _same(password, self._password)
        if not right or not self._password:
            raise Refusal(401, "The user name or the password is wrong.")
        self._guesses.forgive(address)
        return self.new_token()

    def new_token(self) -> str:
        """A token that is good for :data:`TOKEN_S` seconds."""
        token = secrets.token_urlsafe(32)
        self._until[_hash(token)] = self._clock() + TOKEN_S
        while len(self._until) > _TOKENS:
            self._until.popitem(last=False)
        return token

    def check(self, request: Request) -> None:
        """Raises Refusal where the request has no token that is good."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        until = self._until.get(_hash(token.strip())) if scheme.lower() == "bearer" else None
        if until is None or until <= self._clock():
            raise Refusal(
                401,
                "Log in first: POST /api/login gives a token, to be sent as “Authorization: Bearer …”.",
                headers={"WWW-Authenticate": 'Bearer realm="chat2anyllm"'},
            )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(_hash(one), _hash(other))
