"""Chat2AnyLLM Desktop: a desktop chat client for LiteLLM and every OpenAI-compatible gateway."""

__version__ = "0.1.0"
