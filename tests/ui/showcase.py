"""The window as it looks in use: ``python -m tests.ui.showcase light picture.png`` draws the picture of the README.

The real program on a history of its own, with a gateway that lists models. Scale: ``QT_SCALE_FACTOR``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from datetime import timedelta

import qasync
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

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
from tests.llm.misbehaving import serve
from tests.ui.scripted import by_question
from tests.ui.window_driver import open_window

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


async def draw(picture: str) -> None:
    async with open_window() as driver:
        driver.window.resize(1160, 1010)
        await driver.ready()
        await driver.until(lambda: len(driver.messages()) == 2, "the conversation")
        driver.window.roles_dock.role_requested.emit(driver.wiring.controller.library.roles[1].id)
        await driver.settle()
        view = driver.shell.view
        view.verticalScrollBar().setValue(0)
        await driver.until(lambda: not any(placed.part.waits for placed in view._page.placed), "the formulas")
        await asyncio.sleep(0.5)  # for the colours of the code
        if not driver.window.grab().save(picture):
            raise OSError(f"{picture} cannot be written")


def main() -> None:
    theme, picture = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home, serve(by_question({}, MODELS), models=MODELS) as gateway:
        os.environ |= {
            "CHAT2ANYLLM_HOME": home,
            "CHAT2ANYLLM_KEYRING": "off",
            "CHAT2ANYLLM_THEME": theme,
            "CHAT2ANYLLM_LOCAL_ENABLED": "off",
            "LITELLM_BASE_URL": gateway.url,
            "LITELLM_API_KEY": "sk-shown-nowhere",
        }
        shown = fill()
        paths.make_folder(paths.state_folder())
        QSettings(str(paths.state_folder() / "window.ini"), QSettings.Format.IniFormat).setValue(
            "session", shown
        )
        app = QApplication(sys.argv[:1])
        loop = qasync.QEventLoop(app)
        asyncio.set_event_loop(loop)
        with loop:
            loop.run_until_complete(draw(picture))


if __name__ == "__main__":
    main()
