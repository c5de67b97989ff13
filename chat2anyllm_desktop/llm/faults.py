"""Refusals and failures -> the error tree: what happened and what to do, in words for people.

LiteLLM, the providers behind it and the other OpenAI-compatible servers all word their errors differently, and statuses
alone do not tell them apart (LiteLLM answers 400 to a wrong key, and 401 both for our key and for the provider's). So
the body's words decide first, the status second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from chat2anyllm_desktop.core.errors import (
    AuthenticationError,
    BadRequestError,
    BudgetError,
    ContentRefusedError,
    ContextTooLongError,
    GatewayError,
    GatewayFaultError,
    ProtocolError,
    RateLimitError,
    StallError,
    StreamCutError,
    StreamError,
    UnknownModelError,
    UpstreamKeyError,
)
from chat2anyllm_desktop.llm.words import LIMIT, Words, looks_like_page, mask, page_title, read_words

RETRIED_STATUSES = frozenset({429, 502, 503, 504})

_CONTEXT = re.compile(
    r"contextwindowexceeded|context_length_exceeded|exceed_context_size|maximum context length|context window|"
    r"prompt is too long|input is too long|exceeds the (available|maximum) context|input token count .* exceeds",
    re.IGNORECASE,
)
_BUDGET = re.compile(
    r"budget_exceeded|exceededbudget|budget has been exceeded|over budget|insufficient[_ ](quota|balance|credits)|"
    r"credit balance is too low|requires more credits|exceeded your current quota(?!.{0,2000}retry in)",
    re.IGNORECASE | re.DOTALL,
)
_CONTENT = re.compile(
    r"contentpolicyviolation|content_policy|content_filter|content management policy|responsibleaipolicy|guardrail|"
    r"safety system",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"invalid model name|model_not_found|no healthy deployments|"
    r"you passed in model=|model .{0,200}?(does not exist|not found|is not supported|not available)|unknown model|"
    r"no such model",
    re.IGNORECASE | re.DOTALL,
)
_NO_ACCESS = re.compile(r"model_access_denied|not allowed to access (this )?model", re.IGNORECASE)
_NO_DEPLOYMENT_NOW = re.compile(
    r"no deployments available.*?try again in ([\d.]+)", re.IGNORECASE | re.DOTALL
)
_UPSTREAM = re.compile(r"litellm\.(AuthenticationError|PermissionDeniedError)|\w+Exception - ")
_NO_UPSTREAM_KEY = re.compile(r"OpenAIException - Missing credentials|Missing \w+ API key\. Set the")
"""What LiteLLM answers, with status 500, when it has no key for OpenAI or Gemini."""
_RATE = re.compile(r"ratelimiterror|rate_limit|rate limit|too many requests|throttling", re.IGNORECASE)
_OVERLOADED = re.compile(r"overloaded", re.IGNORECASE)


class Fault(Exception):
    """A failed attempt: the error for the user, whether another attempt can help, and when the server wants it."""

    def __init__(
        self, error: GatewayError, *, transient: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.transient = transient
        self.retry_after = retry_after


class _Case(NamedTuple):
    words: Words
    status: int
    model: str
    with_key: bool
    retry_after: float | None


class Faults:
    """Makes the errors of one gateway. ``secrets`` are strings that must never appear in an error."""

    def __init__(self, host: str, *, secrets: tuple[str, ...] = (), with_key: bool = False) -> None:
        self._host = host
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
        if retry_after is None and (match := _NO_DEPLOYMENT_NOW.search(words.all)):
            retry_after = _seconds(match[1])
        error = self._classify(_Case(words, status, model, self._with_key, retry_after))
        return Fault(error, transient=_is_transient(error), retry_after=retry_after)

    def from_frame(self, frame_error: object, begun: bool, *, model: str = "") -> Fault:
        """For an error frame: before the first token it is the error it names, later a StreamError."""
        words = read_words({"error": frame_error}, self._secrets)
        status = words.status or 500
        if begun:
            sentence = f"{self._host} reported an error in the middle of the answer{_quote(words)}"
            return Fault(
                StreamError(f"{sentence} Continue or try again.", detail=words.detail, status=status)
            )
        error = self._classify(_Case(words, status, model, self._with_key, None))
        return Fault(error, transient=_is_transient(error))

    def page(self, body: bytes, *, status: int | None = None) -> ProtocolError:
        """For a web page where an API was expected: a forgotten path, a login page, a captive portal."""
        title = page_title(body)
        return ProtocolError(
            f"The address {self._host} answers with a web page, not with an API: check the base URL in Settings (it"
            " often ends in /v1), and whether a login page stands in front of the gateway.",
            detail=f"Page title: {title}" if title else "",
            status=status,
        )

    def not_json(self, body: bytes, *, status: int | None = None) -> ProtocolError:
        """For a list of models that is no JSON, or not of the expected shape."""
        return ProtocolError(
            f"{self._host} answers, but not as an OpenAI-compatible gateway does: check the base URL in Settings.",
            detail=read_words(body[:2000], self._secrets).detail,
            status=status,
        )

    def broken_frame(self, data: str) -> ProtocolError:
        """For a frame of a stream, or a whole answer, that is no chat completion."""
        return ProtocolError(
            f"{self._host} sent something that is no chat answer. Try again; if it stays so, check that the base URL in"
            " Settings belongs to an OpenAI-compatible gateway.",
            detail=f"Not a chat completion: {mask(data[:2000], self._secrets)[:LIMIT]}",
            status=200,
        )

    def cut(self, *, begun: bool, reason: str = "") -> StreamCutError:
        """For a connection that ended before the answer did."""
        when = "before the answer was complete" if begun else "before the answer began"
        return StreamCutError(
            f"The connection to {self._host} ended {when}. "
            + ("Continue or try again." if begun else "Try again."),
            detail=reason,
        )

    def stalled(self, seconds: float, *, begun: bool) -> StallError:
        """For a connection without a byte for ``seconds``."""
        what = "stopped in the middle of the answer" if begun else "accepted the request, but does not answer"
        return StallError(
            f"{self._host} {what}: nothing came for {seconds:g} seconds. Try again, or choose another model."
        )

    def _redirected(self, status: int, location: str) -> ProtocolError:
        target = re.sub(r"//[^/@]*@", "//", location)
        target = re.sub(r"[?#].*", "", target, flags=re.DOTALL)[:120] or "another address"
        return ProtocolError(
            f"{self._host} sends us on to {target}, which is not followed because the key would go there too: if it"
            " is the gateway's real address, enter it as the base URL in Settings.",
            detail=f"HTTP {status}",
            status=status,
        )

    def _classify(self, case: _Case) -> GatewayError:
        words, status = case.words, case.status
        said = words.all
        named = f"“{case.model}”" if case.model else "the model"
        told = _quote(words)
        detail = words.detail
        if _BUDGET.search(said) or status == 402:
            return BudgetError(
                f"The budget or credit for {named} at {self._host} is spent{told} Raise it, or choose another model.",
                detail=detail,
                status=status,
            )
        if _CONTEXT.search(said):
            return ContextTooLongError(
                f"The conversation is too long for {named}. Start a new session, shorten the message, or choose a"
                " model with a larger context.",
                detail=detail,
                status=status,
            )
        if _CONTENT.search(said) and status < 500:
            return ContentRefusedError(
                f"A content filter of {self._host} or its provider refused this request{told} Word it differently,"
                " or choose another model.",
                detail=detail,
                status=status,
            )
        if status == 429 or _NO_DEPLOYMENT_NOW.search(said) or (status < 500 and _RATE.search(words.kind)):
            return self._too_many(case, named, told)
        if _NO_ACCESS.search(said) or (status in (400, 403, 404, 422) and _MODEL.search(said)):
            return UnknownModelError(
                f"{self._host} has no model {named} for this key. Choose another one from the list; /models shows"
                " them.",
                detail=detail,
                status=status,
            )
        if words.kind == "no_db_connection" or status in (401, 403) or _NO_UPSTREAM_KEY.search(said):
            return self._refused_key(case, named, told)
        if status in (404, 405, 410):
            return ProtocolError(
                f"{self._host} has no chat API at this address (status {status}): check the base URL in Settings (it"
                " often ends in /v1).",
                detail=detail,
                status=status,
            )
        if status in (408, 504):
            return GatewayFaultError(
                f"The provider behind {self._host} did not answer in time for {named}{told} Try again, or choose"
                " another model.",
                detail=detail,
                status=status,
            )
        if status == 413:
            return BadRequestError(
                f"The message is larger than {self._host} accepts{told} Shorten it or start a new session.",
                detail=detail,
                status=status,
            )
        if status < 500:
            return BadRequestError(
                f"{self._host} refused the request for {named} (status {status}){told}",
                detail=detail,
                status=status,
            )
        return self._failed(case, named, told)

    def _too_many(self, case: _Case, named: str, told: str) -> RateLimitError:
        seconds = max(1, round(case.retry_after or 0))
        unit = "second" if seconds == 1 else "seconds"
        wait = "in a moment" if case.retry_after is None else f"in {seconds} {unit}"
        if _NO_DEPLOYMENT_NOW.search(case.words.all):
            sentence = f"{self._host} has paused {named} because its provider failed just before."
        else:
            sentence = f"Too many requests for {named} at {self._host}{told}"
        return RateLimitError(
            f"{sentence} Try again {wait}, or choose another model.",
            detail=case.words.detail,
            status=case.status,
            retry_after=case.retry_after,
        )

    def _refused_key(self, case: _Case, named: str, told: str) -> GatewayError:
        if _UPSTREAM.search(case.words.all) or _NO_UPSTREAM_KEY.search(case.words.all):
            provider = f"The provider {case.words.provider}" if case.words.provider else "The provider"
            return UpstreamKeyError(
                f"{provider} behind {self._host} refused the gateway's own key for {named}, or the gateway has none. Your"
                " key is fine: tell whoever runs the gateway, or choose another model.",
                detail=case.words.detail,
                status=case.status,
            )
        return self._wrong_key(case, told)

    def _wrong_key(self, case: _Case, told: str) -> AuthenticationError:
        if not case.with_key:
            sentence = f"{self._host} wants an API key: enter it in Settings, or set LITELLM_API_KEY."
        elif case.words.kind == "no_db_connection":  # LiteLLM without a database knows its master key only.
            sentence = f"{self._host} does not accept the API key: check it in Settings (or LITELLM_API_KEY)."
        else:
            sentence = (
                f"{self._host} does not accept the API key{told} Check it in Settings (or LITELLM_API_KEY)."
            )
        return AuthenticationError(sentence, detail=case.words.detail, status=case.status)

    def _failed(self, case: _Case, named: str, told: str) -> GatewayError:
        if case.status == 500 and not case.with_key and case.words.text == "Internal Server Error":
            return self._wrong_key(case, told)  # What LiteLLM says to a request without any key.
        if _OVERLOADED.search(case.words.all):
            sentence = (
                f"The provider of {named} is overloaded. Try again in a moment, or choose another model."
            )
        elif case.words.provider:
            sentence = (
                f"The provider {case.words.provider} behind {self._host} failed for {named}{told} Try again."
            )
        else:
            sentence = f"{self._host} failed for {named} (status {case.status}){told} Try again."
        return GatewayFaultError(sentence, detail=case.words.detail, status=case.status)


def _is_transient(error: GatewayError) -> bool:
    if isinstance(error, RateLimitError):
        return True
    return isinstance(error, GatewayFaultError) and error.status in RETRIED_STATUSES


def _quote(words: Words) -> str:
    """The gateway's own words as the end of a sentence."""
    return f": {words.text.rstrip('.')}." if words.text else "."


def _seconds(value: str | None) -> float | None:
    """``Retry-After`` in seconds; its date form is rare and taken as not told."""
    try:
        seconds = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None
