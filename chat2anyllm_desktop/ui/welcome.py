"""What stands in an empty session: what will answer, and the few keys worth knowing."""

from __future__ import annotations

from chat2anyllm_desktop.core.models import Model, ModelSource

KEYS = "Type / for commands, Ctrl+M picks a model, F1 shows every key."


def welcome_lines(model: Model | None, *, has_gateway: bool) -> tuple[str, ...]:
    """For the model that the next message goes to; None while none is known."""
    if model is None:
        return (KEYS,)
    if model.source is ModelSource.DEMO:
        return (
            "This is the offline demo: it streams one sample answer, and no model behind it.",
            "Set your LiteLLM gateway in Settings (Ctrl+,), or install the embedded model, for real answers.",
            KEYS,
        )
    if model.source is ModelSource.EMBEDDED:
        connect = () if has_gateway else ("Set your LiteLLM gateway in Settings (Ctrl+,) for larger ones.",)
        return (f"{model.name} answers: a small model that runs on this computer.", *connect, KEYS)
    return (f"{model.name} answers.", KEYS)
