"""What goes wrong once a request is on its way -> the error tree: what happened and what to do, in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chat2anyllm_desktop.core.errors import (
    GatewayError,
    GatewayFaultError,
    ProtocolError,
    RateLimitError,
    StallError,
    StreamCutError,
    StreamError,
)
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.llm.refusals import Refusal, classify, paused_for
from chat2anyllm_desktop.llm.words import (
    LIMIT,
    as_subject,
    looks_like_page,
    mask,
    page_title,
    quoted,
    read_words,
)

RETRIED_STATUSES = frozenset({429, 502, 503, 504})


class Fault(Exception):
    """A failed attempt: the error for the user, whether another attempt can help, and when the server wants it."""

    def __init__(
        self, error: GatewayError, *, transient: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.transient = transient
        self.retry_after = retry_after


class Faults:
    """Makes the errors of one gateway. ``secrets`` are strings that must never appear in an error. ``host`` is what people
    are told: a host, or a name with an article."""

    def __init__(self, host: str, *, secrets: tuple[str, ...] = (), with_key: bool = False) -> None:
        self._host = host
        self._who = as_subject(host)
        self._secrets = secrets
        self._with_key = with_key

    def from_response(
        self, status: int, headers: Mapping[str, str], body: bytes, *, model: str = ""
    ) -> Fault:
        """For a status other than 200. ``headers`` are looked up in lower case."""
        if 300 <= status < 400:
            return Fault(self._redirected(status, headers.get("location", "")))
        if looks_like_page(body, headers.get("content-type", "")) and status not in RETRIED_STATUSES:
            return Fault(self.page(body, status=status))
        words = read_words(body, self._secrets)
        retry_after = _seconds(headers.get("retry-after") or headers.get("llm_provider-retry-after"))
        if retry_after is None:
            retry_after = _seconds(paused_for(words))
        error = classify(Refusal(self._host, words, status, model, self._with_key, retry_after))
        return Fault(error, transient=_is_transient(error), retry_after=retry_after)

    def from_frame(self, frame_error: object, begun: bool, *, model: str = "") -> Fault:
        """For an error frame: before the first token it is the error it names, later a StreamError."""
        words = read_words({"error": frame_error}, self._secrets)
        status = words.status or 500
        if begun:
            sentence = tr(
                "{who} reported an error in the middle of the answer{told} Continue or try again.",
                who=self._who,
                told=quoted(words),
            )
            return Fault(StreamError(sentence, detail=words.detail, status=status))
        error = classify(Refusal(self._host, words, status, model, self._with_key))
        return Fault(error, transient=_is_transient(error))

    def page(self, body: bytes, *, status: int | None = None) -> ProtocolError:
        """For a web page where an API was expected: a forgotten path, a login page, a captive portal."""
        title = page_title(body)
        return ProtocolError(
            tr(
                "The address {host} answers with a web page, not with an API: check the base URL in Settings (it often ends "
                "in /v1), and whether a login page stands in front of the gateway.",
                host=self._host,
            ),
            detail=tr("Page title: {title}", title=title) if title else "",
            status=status,
        )

    def not_json(self, body: bytes, *, status: int | None = None) -> ProtocolError:
        """For a list of models that is no JSON, or not of the expected shape."""
        return ProtocolError(
            tr(
                "{who} answers, but not as an OpenAI-compatible gateway does: check the base URL in Settings.",
                who=self._who,
            ),
            detail=read_words(body[:2000], self._secrets).detail,
            status=status,
        )

    def broken_frame(self, data: str) -> ProtocolError:
        """For a frame of a stream, or a whole answer, that is no chat completion."""
        return ProtocolError(
            tr(
                "{who} sent something that is no chat answer. Try again; if it stays so, check that the base URL in "
                "Settings belongs to an OpenAI-compatible gateway.",
                who=self._who,
            ),
            detail=tr("Not a chat completion: {text}", text=mask(data[:2000], self._secrets)[:LIMIT]),
            status=200,
        )

    def cut(self, *, begun: bool, reason: str = "") -> StreamCutError:
        """For a connection that ended before the answer did."""
        if begun:
            sentence = tr(
                "The connection to {host} ended before the answer was complete. Continue or try again.",
                host=self._host,
            )
        else:
            sentence = tr(
                "The connection to {host} ended before the answer began. Try again.", host=self._host
            )
        return StreamCutError(sentence, detail=reason)

    def stalled(self, seconds: float, *, begun: bool) -> StallError:
        """For a connection without a byte for ``seconds``."""
        if begun:
            sentence = tr(
                "{who} stopped in the middle of the answer: nothing came for {seconds:g} seconds. Try again, or choose "
                "another model.",
                who=self._who,
                seconds=seconds,
            )
        else:
            sentence = tr(
                "{who} accepted the request, but does not answer: nothing came for {seconds:g} seconds. Try again, or "
                "choose another model.",
                who=self._who,
                seconds=seconds,
            )
        return StallError(sentence)

    def _redirected(self, status: int, location: str) -> ProtocolError:
        target = re.sub(r"//[^/@]*@", "//", location)
        target = re.sub(r"[?#].*", "", target, flags=re.DOTALL)[:120] or tr("another address")
        return ProtocolError(
            tr(
                "{who} sends us on to {target}, which is not followed because the key would go there too: if it is the "
                "gateway's real address, enter it as the base URL in Settings.",
                who=self._who,
                target=target,
            ),
            detail=f"HTTP {status}",
            status=status,
        )


def _is_transient(error: GatewayError) -> bool:
    if isinstance(error, RateLimitError):
        return True
    return isinstance(error, GatewayFaultError) and error.status in RETRIED_STATUSES


def _seconds(value: str | None) -> float | None:
    """``Retry-After`` in seconds; its date form is rare and taken as not told."""
    try:
        seconds = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None
