"""A history as it looks in use, for pictures and for what is walked through with them."""

from __future__ import annotations

from datetime import timedelta

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.models import (
    Author,
    Message,
    Role,
    Session,
    SessionSettings,
    Usage,
    new_id,
    utc_now,
)
from chat2anyllm_desktop.store.sqlite import SqliteStore

MODELS = ("claude-opus", "claude-sonnet", "gpt-large", "gpt-mini", "llama-70b")
TITLES = (
    "Release notes for 2.4",
    "Team stand-up",
    "Why is my Docker build slow?",
    "SQL: window functions",
    "日本語の要約",
    "Refactoring the cache layer",
)
QUESTION = "Why does my softmax return nan for large inputs, and how do I fix it?"
ANSWER = r"""Because $e^{x}$ overflows: beyond $x \approx 709$ a double is `inf`, and `inf / inf` is **nan**. You want

$$\operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_{j=1}^{n} e^{x_j}}
= \frac{e^{x_i - m}}{\sum_{j=1}^{n} e^{x_j - m}}, \qquad m = \max_j x_j$$

and the second form never overflows, since every exponent is at most zero:

```python
import numpy as np

def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    shifted = x - x.max(axis=axis, keepdims=True)  # at most 0
    weights = np.exp(shifted)
    return weights / weights.sum(axis=axis, keepdims=True)
```

| input | naive | shifted |
|:------|------:|--------:|
| `[1, 2, 3]` | 0.665 | 0.665 |
| `[1000, 1001, 1002]` | nan | 0.665 |

- [x] Same result for small inputs
- [ ] For losses use `log_softmax`: it skips the division altogether
"""


def fill() -> str:
    """Write the history; the id of the session to show."""
    now = utc_now()
    paths.make_folder(paths.data_folder())
    store = SqliteStore(paths.history_file())
    store.open()
    for days, title in enumerate(TITLES):
        moment = now - timedelta(days=2 * days, hours=1)
        store.restore_session(
            Session(id=new_id(), title=title, created_at=moment, updated_at=moment, pinned=days == 0), ()
        )
    for name in ("Architect", "Reviewer", "Translator"):
        store.save_role(
            Role(
                id=new_id(),
                name=name,
                instructions=f"You are a careful {name.lower()}.",
                created_at=now,
                updated_at=now,
            )
        )
    session = Session(
        id=new_id(),
        title="Softmax returns nan",
        created_at=now,
        updated_at=now,
        settings=SessionSettings(model="claude-sonnet"),
    )
    usage = Usage(completion_tokens=347, cost=0.0052, cost_reported=True, first_token_s=0.4, duration_s=4.6)
    store.restore_session(
        session,
        [
            Message(id=new_id(), session_id=session.id, author=Author.USER, content=QUESTION, created_at=now),
            Message(
                id=new_id(),
                session_id=session.id,
                author=Author.ASSISTANT,
                content=ANSWER,
                created_at=now + timedelta(seconds=1),
                model="claude-sonnet",
                usage=usage,
            ),
        ],
    )
    store.close()
    return session.id
