"""Every form of refusal becomes the right error, with a sentence for people and without secrets."""

from __future__ import annotations

import json

import pytest

from chat2anyllm_desktop.core import errors
from chat2anyllm_desktop.llm.faults import Fault, Faults

KEY = "sk-very-secret-4711"


def fault(
    status: int,
    body: object,
    *,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
    with_key: bool = True,
) -> Fault:
    faults = Faults("gateway.example.com:4000", secrets=(KEY,), with_key=with_key)
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return faults.from_response(
        status, {"content-type": content_type, **(headers or {})}, data, model="gpt-x"
    )


def litellm(message: str, kind: str | None = None, code: str | int | None = "400") -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


CASES = [
    # LiteLLM, as 1.106.2 sends it
    (400, litellm("No connected db.", "no_db_connection"), errors.AuthenticationError),
    (
        401,
        litellm(
            "Authentication Error, Invalid proxy server token passed. Received API Key = sk-...4711",
            "auth_error",
        ),
        errors.AuthenticationError,
    ),
    (
        401,
        litellm(
            "litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key provided: sk-up-12345678."
        ),
        errors.UpstreamKeyError,
    ),
    (403, litellm("litellm.PermissionDeniedError: AnthropicException - no access"), errors.UpstreamKeyError),
    (
        400,
        litellm(
            "litellm.BadRequestError: You passed in model=gpt-x. There are no healthy deployments for this model"
        ),
        errors.UnknownModelError,
    ),
    (
        400,
        {
            "error": {
                "message": "{'error': '/chat/completions: Invalid model name passed in model=gpt-x'}",
                "code": "400",
            }
        },
        errors.UnknownModelError,
    ),
    (
        401,
        litellm(
            "key not allowed to access model. This key can only access models=['a']",
            "key_model_access_denied",
        ),
        errors.UnknownModelError,
    ),
    (
        400,
        litellm("litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - too long"),
        errors.ContextTooLongError,
    ),
    (429, litellm("litellm.RateLimitError: slow down", "throttling_error", "429"), errors.RateLimitError),
    (
        429,
        litellm(
            "No deployments available for selected model, Try again in 7 seconds. Passed model=gpt-x",
            None,
            "429",
        ),
        errors.RateLimitError,
    ),
    (
        400,
        litellm("Budget has been exceeded! Current cost: 2, Max budget: 1", "budget_exceeded"),
        errors.BudgetError,
    ),
    (429, litellm("ExceededBudget: User=u over budget", "budget_exceeded", 429), errors.BudgetError),
    (
        400,
        litellm("litellm.ContentPolicyViolationError: AzureException - filtered"),
        errors.ContentRefusedError,
    ),
    (408, litellm("litellm.Timeout: AnthropicException - timed out", None, "408"), errors.GatewayFaultError),
    (
        500,
        litellm("litellm.InternalServerError: OpenAIException - Connection error.", None, "500"),
        errors.GatewayFaultError,
    ),
    (
        503,
        litellm("litellm.ServiceUnavailableError: overloaded_error Overloaded", None, "503"),
        errors.GatewayFaultError,
    ),
    # Others
    (401, {"error": "Unauthorized"}, errors.AuthenticationError),
    (403, {"message": "Forbidden"}, errors.AuthenticationError),
    (
        404,
        {"error": {"message": "The model `gpt-x` does not exist", "code": "model_not_found"}},
        errors.UnknownModelError,
    ),
    (404, {"error": 'model "gpt-x" not found, try pulling it first'}, errors.UnknownModelError),
    (404, {"detail": "Not Found"}, errors.ProtocolError),
    (405, {"detail": "Method Not Allowed"}, errors.ProtocolError),
    (
        402,
        {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}},
        errors.BudgetError,
    ),
    (
        429,
        {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}},
        errors.BudgetError,
    ),
    (
        400,
        {"error": {"code": 400, "type": "exceed_context_size_error", "message": "request"}},
        errors.ContextTooLongError,
    ),
    (400, {"error": {"message": "This model's maximum context length is 8192"}}, errors.ContextTooLongError),
    (422, {"detail": [{"loc": ["body", "top_p"], "msg": "top_p must be below 1"}]}, errors.BadRequestError),
    (413, "Request Entity Too Large", errors.BadRequestError),
    (
        400,
        [{"error": {"message": "API rejected this", "status": "INVALID_ARGUMENT"}}],
        errors.BadRequestError,
    ),
    (400, "null", errors.BadRequestError),
    (400, "", errors.BadRequestError),
    (418, {"error": None, "message": None}, errors.BadRequestError),
    (500, "plain text failure", errors.GatewayFaultError),
    (502, "<html><title>502 Bad Gateway</title></html>", errors.GatewayFaultError),
    (404, "<!doctype html><title>Not here</title>", errors.ProtocolError),
    (403, "<html><title>Sign in</title></html>", errors.ProtocolError),
    (500, "<html>Oops</html>", errors.ProtocolError),
]


@pytest.mark.parametrize(("status", "body", "expected"), CASES)
def test_each_refusal_is_told_apart(status: int, body: object, expected: type[errors.GatewayError]) -> None:
    error = fault(status, body).error
    assert type(error) is expected
    sentence = str(error)
    assert error.status == status
    assert sentence.endswith(".")
    assert ".." not in sentence
    assert "None" not in sentence
    assert "Error:" not in sentence
    assert "Network Error" not in sentence
    assert "gateway.example.com:4000" in sentence or "gpt-x" in sentence
    assert len(sentence) < 600


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_is_tried_again(status: int) -> None:
    assert fault(status, litellm("busy", None, str(status))).transient


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 422, 500, 501])
def test_what_stays_is_not(status: int) -> None:
    assert not fault(status, litellm("no", None, str(status))).transient
    assert not fault(429, litellm("x", "insufficient_quota")).transient


def test_retry_after_is_read_from_header_and_words() -> None:
    with_header = fault(429, litellm("slow"), headers={"retry-after": "12"})
    assert with_header.retry_after == 12.0
    assert isinstance(with_header.error, errors.RateLimitError)
    assert with_header.error.retry_after == 12.0
    assert "in 12 seconds," in str(with_header.error)
    assert (
        fault(429, litellm("No deployments available for selected model, Try again in 7 seconds")).retry_after
        == 7
    )
    for odd in ("soon", "-1", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert fault(429, litellm("slow"), headers={"retry-after": odd}).retry_after is None


def test_the_providers_words_come_without_litellms_wrapping() -> None:
    error = fault(
        500,
        litellm(
            "litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.\n\n"
            "LiteLLM: model group 'gpt-x' failed with the error above. No fallback was attempted.",
            None,
            "500",
        ),
    ).error
    assert str(error) == (
        "The provider OpenAI behind gateway.example.com:4000 failed for “gpt-x”: Connection error. Try again."
    )
    assert "LiteLLM: model group" in error.detail


def test_a_page_inside_a_message_is_named_by_its_title() -> None:
    wrapped = "litellm.BadGatewayError: OpenAIException - <html><title>502 Bad Gateway</title></html>"
    assert "for “gpt-x”: 502 Bad Gateway. Try again." in str(fault(502, litellm(wrapped)).error)
    plain = fault(502, "<html><title>502 Bad Gateway</title></html>", content_type="text/html").error
    assert "(status 502): 502 Bad Gateway." in str(plain)


def test_secrets_never_reach_a_sentence_or_detail() -> None:
    said = (
        f"bad key {KEY}, upstream sk-proj-abcdefgh12345678, Authorization: Bearer abc.def.ghi, api_key='hunter22222', "
        "https://user:pa55@upstream.example.com/v1, hash " + "0123456789abcdef" * 4
    )
    for status in (400, 401, 403, 404, 429, 500):
        error = fault(status, litellm(said)).error
        for text in (str(error), error.detail):
            for secret in (KEY, "sk-proj", "abc.def", "hunter2", "pa55", "0123456789abcdef"):
                assert secret not in text
    assert "upstream.example.com" in error.detail


def test_a_long_message_is_shortened_for_the_sentence() -> None:
    error = fault(400, litellm("word " * 1000)).error
    assert len(str(error)) < 450
    assert "…" in str(error)


def test_without_a_key_the_sentence_asks_for_one() -> None:
    error = fault(500, "Internal Server Error", content_type="text/plain", with_key=False).error
    assert isinstance(error, errors.AuthenticationError)
    assert "wants an API key" in str(error)
    assert isinstance(
        fault(500, "Internal Server Error", content_type="text/plain").error, errors.GatewayFaultError
    )


def test_a_redirect_names_its_target_without_credentials() -> None:
    error = fault(302, "", headers={"location": "https://u:p@login.example.com/sso?token=abc"}).error
    assert isinstance(error, errors.ProtocolError)
    assert "https://login.example.com/sso" in str(error)
    assert "abc" not in str(error)
    assert "u:p" not in str(error)


def test_error_frames_before_and_after_the_first_token() -> None:
    faults = Faults("host", with_key=True)
    frame = {"message": "litellm.RateLimitError: AnthropicException - busy", "code": "429", "type": None}
    early = faults.from_frame(frame, False, model="m")
    assert isinstance(early.error, errors.RateLimitError)
    assert early.transient
    late = faults.from_frame(frame, True, model="m")
    assert type(late.error) is errors.StreamError
    assert not late.transient
    assert "in the middle of the answer: busy." in str(late.error)
    for odd in ("just words", {"message": None}, {"code": 500}, ["x"], True, {"message": {"nested": 1}}):
        assert isinstance(faults.from_frame(odd, True).error, errors.StreamError)


def test_a_pause_after_a_failure_is_not_called_too_many_requests() -> None:
    paused = fault(
        429,
        litellm(
            "No deployments available for selected model, Try again in 5 seconds. All deployments for selected model are"
            " in cooldown. Passed model=gpt-x. pre-call-checks=False, cooldown_list=['ac0f01fa7303b979']",
            "all_deployments_in_cooldown",
            "429",
        ),
    )
    assert str(paused.error) == (
        "gateway.example.com:4000 has paused “gpt-x” because its provider failed just before. Try again in 5 seconds,"
        " or choose another model."
    )
    assert paused.retry_after == 5


def test_a_spent_quota_is_told_from_a_rate_limit_of_the_same_words() -> None:
    spent = "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please check"
    assert isinstance(fault(429, litellm(spent, "throttling_error", "429")).error, errors.BudgetError)
    limited = f"{spent} your plan.\n* Quota exceeded for metric: requests per minute\nPlease retry in 12.3s."
    assert isinstance(fault(429, litellm(limited, "throttling_error", "429")).error, errors.RateLimitError)


def test_the_providers_own_retry_after_counts() -> None:
    told = fault(429, litellm("slow down"), headers={"llm_provider-retry-after": "7"})
    assert told.retry_after == 7
