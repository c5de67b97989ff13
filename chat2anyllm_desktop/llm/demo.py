"""The Offline demo: what answers where there is neither a gateway nor the embedded engine.

It says plainly what it is. It never looks at the question, so nobody can take it for a model.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace

from chat2anyllm_desktop.core.language import mark, tr
from chat2anyllm_desktop.core.models import Model, ModelSource
from chat2anyllm_desktop.llm.api import ChatRequest, Delta, RetryHook

DEMO_MODEL = Model(
    name="Offline demo",
    provider=mark("Built in"),
    source=ModelSource.DEMO,
    description=mark("Not a model: streams a sample answer and says how to connect a real one."),
)

TOKENS_PER_SECOND = 60.0

SAMPLE_ANSWER = mark("""\
# This is the offline demo

No model has read your message. What you see is a **fixed sample text**, streamed at the pace of a quick model, so that \
you can try the window before anything is connected. Everything you type is kept in your history as usual.

## Connect a real model

1. **A gateway.** Open *Settings* (`Ctrl+,`), enter the base URL and key of your LiteLLM or of any OpenAI-compatible \
server, and press *Test connection*. Or set them before the start:

   ```bash
   export LITELLM_BASE_URL=http://localhost:4000
   export LITELLM_API_KEY=sk-...
   chat2anyllm
   ```

2. **A small model on this computer**, with no network at all:

   ```bash
   pip install "chat2anyllm-desktop[local]"
   ```

3. Not sure what is missing? `chat2anyllm doctor` looks at every part and names the remedy.

## What an answer can look like

- Lists, *emphasis*, `inline code`, and [links](https://docs.litellm.ai/docs/simple_proxy)
- [x] Tasks that are done
- [ ] Tasks that are not

| Way | What it needs | Where your text goes |
|---|---|---|
| Gateway | A base URL, mostly a key | To your gateway and its providers |
| Local model | The extra `local` | Nowhere: it stays on this computer |
| Offline demo | Nothing | Nowhere |

Code is highlighted while it arrives:

```python
def chunks(text: str, size: int) -> list[str]:
    \"\"\"Cut text into pieces of at most `size` characters.\"\"\"
    return [text[start : start + size] for start in range(0, len(text), size)]
```

> Press `Esc` while a long answer streams and it stops at once; *Continue* takes it up again.

Type `/` to see the commands, or `/help` for all of them.
""")


class OfflineDemo:
    """Keeps :class:`~chat2anyllm_desktop.llm.api.ChatModels` without a network. ``tokens_per_second`` 0: no pauses."""

    def __init__(self, *, tokens_per_second: float = TOKENS_PER_SECOND) -> None:
        self._pause_s = 1.0 / tokens_per_second if tokens_per_second > 0 else 0.0

    async def list_models(self) -> list[Model]:
        """The one entry."""
        provider, description = tr(DEMO_MODEL.provider), tr(DEMO_MODEL.description)
        return [replace(DEMO_MODEL, provider=provider, description=description)]

    async def stream_chat(
        self, request: ChatRequest, *, on_retry: RetryHook | None = None
    ) -> AsyncGenerator[Delta, None]:
        """The sample, whatever was asked. No usage: no tokens were spent."""
        for piece in re.findall(r"\s*\S+\s*$|\s*\S+", tr(SAMPLE_ANSWER)):
            await asyncio.sleep(self._pause_s)
            yield Delta(piece)
        yield Delta(finish_reason="stop")

    async def aclose(self) -> None:
        """Nothing is open."""
