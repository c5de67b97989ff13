"""Markdown to typed blocks, as language models write it. No Qt, no HTML."""
