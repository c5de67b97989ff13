"""What an answer cost, where the gateway did not say."""

from __future__ import annotations

from dataclasses import replace

from chat2anyllm_desktop.core.models import Model, Usage


def with_cost(usage: Usage, model: Model | None) -> Usage:
    """``usage`` with a cost estimated from the model's prices. A reported cost stays; without prices or token counts
    it stays unknown. Cached answers of the gateway cost nothing."""
    if usage.cost is not None or model is None:
        return usage
    parts = (
        (usage.prompt_tokens, model.input_cost_per_token),
        (usage.completion_tokens, model.output_cost_per_token),
    )
    if usage.cached:
        return replace(usage, cost=0.0, cost_reported=False)
    cost = 0.0
    for tokens, price in parts:
        if tokens is None or price is None:
            return usage
        cost += tokens * price
    return replace(usage, cost=cost, cost_reported=False)
