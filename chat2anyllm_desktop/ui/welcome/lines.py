"""The words of an empty session: what will answer, and the few keys worth knowing."""

from __future__ import annotations

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.ui.shortcuts import words_of


def welcome_lines(model: Model | None, *, has_gateway: bool) -> tuple[str, ...]:
    """For the model that the next message goes to; None while none is known."""
    keys = tr(
        "Type / for commands, {pick} picks a model, {sheet} shows every key.",
        pick=words_of("pick_model"),
        sheet=words_of("shortcuts"),
    )
    if model is None:
        return (keys,)
    if model.source is ModelSource.DEMO:
        return (
            tr("This is the offline demo: it streams one sample answer, and no model behind it."),
            tr(
                "Set your LiteLLM gateway in Settings ({key}), or install the embedded model, for real answers.",
                key=words_of("settings"),
            ),
            keys,
        )
    if model.source is ModelSource.EMBEDDED:
        said = tr("{model} answers: a small model that runs on this computer.", model=model.name)
        if has_gateway:
            return (said, keys)
        more = tr("Set your LiteLLM gateway in Settings ({key}) for larger ones.", key=words_of("settings"))
        return (said, more, keys)
    return (tr("{model} answers.", model=model.name), keys)


def first_words(model: Model | None) -> str:
    """What is said above the ways on: that nothing has to be set up before typing."""
    if model is None:
        return tr("Type a message below at any time. These are the ways on; each can be taken later, too.")
    if model.source is ModelSource.DEMO:
        return tr(
            "Type a message below at any time: until there is a model, the offline demo streams one sample answer. These "
            "are the ways on."
        )
    return tr(
        "Type a message below at any time: {model} answers. These are the ways on; each can be taken later, too.",
        model=model.name,
    )
