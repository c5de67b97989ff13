"""How long the source of a drawing may be. By itself, because the window asks before its first paint, and the rest of
what draws is for the child process alone."""

from __future__ import annotations

MAX_FORMULA = 4000
"""Characters of TeX."""
MAX_DIAGRAM = 20_000
"""Characters of Mermaid."""
