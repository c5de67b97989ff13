"""A refusal's words and status -> the error that it is.

LiteLLM, the providers behind it and the other OpenAI-compatible servers all word their errors differently, and statuses
alone do not tell them apart (LiteLLM answers 400 to a wrong key, and 401 both for our key and for the provider's). So
the body's words decide first, the status second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    UnknownModelError,
    UpstreamKeyError,
)
from chat2anyllm_desktop.core.language import sentences, tr
from chat2anyllm_desktop.llm.words import Words, as_subject, quoted

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


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is known of a request that was not answered."""

    host: str
    """Who refused it, as people are told."""
    words: Words
    status: int
    model: str
    """May be empty: then it was not a model that was asked for."""
    with_key: bool
    retry_after: float | None = None

    @property
    def who(self) -> str:
        """The host at the beginning of a sentence."""
        return as_subject(self.host)

    @property
    def named(self) -> str:
        return f"“{self.model}”" if self.model else tr("the model")


def classify(case: Refusal) -> GatewayError:
    """The error, with its sentence."""
    words, status = case.words, case.status
    said = words.all
    named = case.named
    told = quoted(words)
    detail = words.detail
    if _BUDGET.search(said) or status == 402:
        return BudgetError(
            tr(
                "The budget or credit for {model} at {host} is spent{told} Raise it, or choose another model.",
                model=named,
                host=case.host,
                told=told,
            ),
            detail=detail,
            status=status,
        )
    if _CONTEXT.search(said):
        return ContextTooLongError(
            tr(
                "The conversation is too long for {model}. Start a new session, shorten the message, or choose a model with "
                "a larger context.",
                model=named,
            ),
            detail=detail,
            status=status,
        )
    if _CONTENT.search(said) and status < 500:
        return ContentRefusedError(
            tr(
                "A content filter of {host} or its provider refused this request{told} Word it differently, or choose "
                "another model.",
                host=case.host,
                told=told,
            ),
            detail=detail,
            status=status,
        )
    if status == 429 or _NO_DEPLOYMENT_NOW.search(said) or (status < 500 and _RATE.search(words.kind)):
        return _too_many(case, named, told)
    if _NO_ACCESS.search(said) or (status in (400, 403, 404, 422) and _MODEL.search(said)):
        return UnknownModelError(
            tr(
                "{who} has no model {model} for this key. Choose another one from the list; /models shows them.",
                who=case.who,
                model=named,
            ),
            detail=detail,
            status=status,
        )
    if words.kind == "no_db_connection" or status in (401, 403) or _NO_UPSTREAM_KEY.search(said):
        return _refused_key(case, named, told)
    if status in (404, 405, 410):
        return ProtocolError(
            tr(
                "{who} has no chat API at this address (status {status}): check the base URL in Settings (it often ends in "
                "/v1).",
                who=case.who,
                status=status,
            ),
            detail=detail,
            status=status,
        )
    if status in (408, 504):
        return GatewayFaultError(
            tr(
                "The provider behind {host} did not answer in time for {model}{told} Try again, or choose another model.",
                host=case.host,
                model=named,
                told=told,
            ),
            detail=detail,
            status=status,
        )
    if status == 413:
        return BadRequestError(
            tr(
                "The message is larger than {host} accepts{told} Shorten it or start a new session.",
                host=case.host,
                told=told,
            ),
            detail=detail,
            status=status,
        )
    if status < 500:
        return BadRequestError(
            tr(
                "{who} refused the request for {model} (status {status}){told}",
                who=case.who,
                model=named,
                status=status,
                told=told,
            ),
            detail=detail,
            status=status,
        )
    return _failed(case, named, told)


def paused_for(words: Words) -> str | None:
    """Seconds, as LiteLLM writes them, for which it asks nobody because all deployments have just failed."""
    match = _NO_DEPLOYMENT_NOW.search(words.all)
    return match[1] if match else None


def _too_many(case: Refusal, named: str, told: str) -> RateLimitError:
    if case.retry_after is None:
        remedy = tr("Try again in a moment, or choose another model.")
    else:
        seconds = max(1, round(case.retry_after))
        remedy = tr("Try again in {n} second(s), or choose another model.", n=seconds)
    if _NO_DEPLOYMENT_NOW.search(case.words.all):
        sentence = tr(
            "{who} has paused {model} because its provider failed just before.", who=case.who, model=named
        )
    else:
        sentence = tr("Too many requests for {model} at {host}{told}", model=named, host=case.host, told=told)
    return RateLimitError(
        sentences(sentence, remedy),
        detail=case.words.detail,
        status=case.status,
        retry_after=case.retry_after,
    )


def _refused_key(case: Refusal, named: str, told: str) -> GatewayError:
    if _UPSTREAM.search(case.words.all) or _NO_UPSTREAM_KEY.search(case.words.all):
        name = case.words.provider
        return UpstreamKeyError(
            tr(
                "{provider} behind {host} refused the gateway's own key for {model}, or the gateway has none. Your key is "
                "fine: tell whoever runs the gateway, or choose another model.",
                provider=tr("The provider {name}", name=name) if name else tr("The provider"),
                host=case.host,
                model=named,
            ),
            detail=case.words.detail,
            status=case.status,
        )
    return _wrong_key(case, told)


def _wrong_key(case: Refusal, told: str) -> AuthenticationError:
    if not case.with_key:
        sentence = tr("{who} wants an API key: enter it in Settings, or set LITELLM_API_KEY.", who=case.who)
    elif case.words.kind == "no_db_connection":  # LiteLLM without a database knows its master key only.
        sentence = tr(
            "{who} does not accept the API key: check it in Settings (or LITELLM_API_KEY).", who=case.who
        )
    else:
        sentence = tr(
            "{who} does not accept the API key{told} Check it in Settings (or LITELLM_API_KEY).",
            who=case.who,
            told=told,
        )
    return AuthenticationError(sentence, detail=case.words.detail, status=case.status)


def _failed(case: Refusal, named: str, told: str) -> GatewayError:
    if case.status == 500 and not case.with_key and case.words.text == "Internal Server Error":
        return _wrong_key(case, told)  # What LiteLLM says to a request without any key.
    if _OVERLOADED.search(case.words.all):
        sentence = tr(
            "The provider of {model} is overloaded. Try again in a moment, or choose another model.",
            model=named,
        )
    elif case.words.provider:
        sentence = tr(
            "The provider {name} behind {host} failed for {model}{told} Try again.",
            name=case.words.provider,
            host=case.host,
            model=named,
            told=told,
        )
    else:
        sentence = tr(
            "{who} failed for {model} (status {status}){told} Try again.",
            who=case.who,
            model=named,
            status=case.status,
            told=told,
        )
    return GatewayFaultError(sentence, detail=case.words.detail, status=case.status)
