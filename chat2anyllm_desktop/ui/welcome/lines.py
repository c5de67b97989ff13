"""What stands in an empty session: what will answer, and the few keys worth knowing."""

from __future__ import annotations

from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.ui.shortcuts import words_of


def welcome_lines(model: Model | None, *, has_gateway: bool) -> tuple[str, ...]:
    """For the model that the next message goes to; None while none is known."""
    keys = f"Type / for commands, {words_of('pick_model')} picks a model, {words_of('shortcuts')} shows every key."
    settings = f"Set your LiteLLM gateway in Settings ({words_of('settings')})"
    if model is None:
        return (keys,)
    if model.source is ModelSource.DEMO:
        return (
            "This is the offline demo: it streams one sample answer, and no model behind it.",
            f"{settings}, or install the embedded model, for real answers.",
            keys,
        )
    if model.source is ModelSource.EMBEDDED:
        connect = () if has_gateway else (f"{settings} for larger ones.",)
        return (f"{model.name} answers: a small model that runs on this computer.", *connect, keys)
    return (f"{model.name} answers.", keys)
