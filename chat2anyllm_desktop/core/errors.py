"""The errors people read, as one tree.

Every error that reaches a person is one of these, and its ``str()`` is the sentence they are shown: what happened and
what to do next, in their words. Technical detail that helps a diagnosis goes into ``detail`` (behind "Details" in the
window), never a secret and never a traceback.

::

    ChatError
    ├── SettingsError                 a setting that cannot be used
    ├── InputError                    what was typed cannot be done; nothing was changed
    │   ├── UnknownCommandError       no such slash command (names the nearest)
    │   └── DuplicateNameError        a role or a template of that name exists
    ├── GatewayError                  talking to a model failed
    │   ├── GatewayUnreachableError   refused, no such host, TLS, connect timeout        (retried)
    │   ├── AuthenticationError       the gateway refuses our key
    │   ├── UpstreamKeyError          the gateway's own key for the provider is refused
    │   ├── UnknownModelError         the gateway has no such model, or none for this key
    │   ├── ContextTooLongError       the conversation exceeds the model's context
    │   ├── RateLimitError            429; ``retry_after`` seconds where told             (retried)
    │   ├── BudgetError               the key's budget is spent
    │   ├── ContentRefusedError       a content filter refused
    │   ├── BadRequestError           any other 4xx, with the gateway's words
    │   ├── GatewayFaultError         5xx                                   (502, 503, 504 retried)
    │   ├── ProtocolError             the answer is no chat stream (HTML, not JSON, ...)
    │   ├── StreamError               an error frame in the middle of an answer
    │   ├── EmptyAnswerError          the answer ended, and there is nothing in it
    │   ├── StreamCutError            the connection ended before the answer did
    │   └── StallError                no byte for ``stall_timeout_s``
    ├── ImageError                    an image on the web could not be loaded; the sentence says why
    ├── EngineError                   the embedded engine cannot start or died
    └── StoreError                    keeping or reading history failed
        ├── StoreUnavailableError     the database cannot be reached or was lost
        ├── StoreReadOnlyError        the place of the history cannot be written
        ├── StoreDamagedError         the file was damaged and is set aside; opening again begins an empty one
        ├── SchemaError               the database is no history of ours, or of a newer version
        └── NotFoundError             the row is gone (another client deleted it)
"""

from __future__ import annotations


class ChatError(Exception):
    """Root of the tree. ``str(error)`` is the sentence for the user; ``detail`` is for the curious; both hold no secret."""

    def __init__(self, sentence: str, *, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail


class SettingsError(ChatError):
    """A setting cannot be used; the sentence names it and what it may be."""


class InputError(ChatError):
    """What the user asked for cannot be done as asked; nothing was changed and nothing was sent."""


class UnknownCommandError(InputError):
    """No slash command of that name; the sentence names the nearest one."""


class DuplicateNameError(InputError):
    """A role or a prompt template of that name exists already."""


class GatewayError(ChatError):
    """Talking to a model failed. ``status`` is the HTTP status where there was one."""

    def __init__(self, sentence: str, *, detail: str = "", status: int | None = None) -> None:
        super().__init__(sentence, detail=detail)
        self.status = status


class GatewayUnreachableError(GatewayError):
    """No connection: refused, unknown host, TLS failure or connect timeout."""


class AuthenticationError(GatewayError):
    """The gateway refuses our key, or wants one."""


class UpstreamKeyError(GatewayError):
    """The gateway accepted us, but the provider behind it refused the gateway's key."""


class UnknownModelError(GatewayError):
    """The gateway has no model of that name for this key."""


class ContextTooLongError(GatewayError):
    """The conversation is longer than the model's context."""


class RateLimitError(GatewayError):
    """Too many requests. ``retry_after`` in seconds where the gateway told it."""

    def __init__(
        self, sentence: str, *, detail: str = "", status: int | None = 429, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence, detail=detail, status=status)
        self.retry_after = retry_after


class BudgetError(GatewayError):
    """The key's or team's budget at the gateway is spent."""


class ContentRefusedError(GatewayError):
    """A content filter of the gateway or the provider refused the request."""


class BadRequestError(GatewayError):
    """Any other refusal (4xx); the sentence carries the gateway's own words."""


class GatewayFaultError(GatewayError):
    """The gateway or the provider behind it failed (5xx)."""


class ProtocolError(GatewayError):
    """What came back is no chat stream: a web page, broken JSON, an unexpected shape."""


class StreamError(GatewayError):
    """The gateway sent an error in the middle of an answer."""


class EmptyAnswerError(GatewayError):
    """The answer ended as it should, with neither text nor reasoning in it. LiteLLM makes such answers of web pages."""


class StreamCutError(GatewayError):
    """The connection ended before the answer was complete."""


class StallError(GatewayError):
    """Nothing came for longer than the stall timeout."""


class ImageError(ChatError):
    """An image on the web could not be loaded. The sentence goes on from that, for the place where it should be."""


class EngineError(ChatError):
    """The embedded engine cannot start, or ended unexpectedly."""


class StoreError(ChatError):
    """Keeping or reading the history failed."""


class StoreUnavailableError(StoreError):
    """The database cannot be reached, or the connection was lost. Trying again later may help."""


class StoreReadOnlyError(StoreError):
    """The place where the history is kept cannot be written."""


class StoreDamagedError(StoreError):
    """The file of the history was damaged and has been set aside. Opening again begins an empty one."""


class SchemaError(StoreError):
    """The database belongs to something else, or to a newer version of this program."""


class NotFoundError(StoreError):
    """The row is gone; another client may have deleted it."""
