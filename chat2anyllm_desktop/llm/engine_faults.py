"""How the embedded engine ends before its time, in words."""

from __future__ import annotations

import signal

from chat2anyllm_desktop.core.errors import EngineError
from chat2anyllm_desktop.llm.engine_process import EngineProcess

_WAY_OUT = "Try again, or choose another model in the settings."


def not_started(process: EngineProcess, file_name: str) -> EngineError:
    """For a child that ended before it had loaded the model."""
    if process.exit_code is None:
        return EngineError(
            "The embedded engine could not be started: the system refused to run it.", detail=process.log_tail
        )
    if process.exit_code == 1:
        return EngineError(
            f"The embedded engine cannot load {file_name}: the file is damaged, incomplete or of a kind that"
            " this version does not know. Choose another model in the settings.",
            detail=process.log_tail,
        )
    return EngineError(
        f"The embedded engine ended while it loaded {file_name} ({_ending(process)}). {_WAY_OUT}",
        detail=process.log_tail,
    )


def died(process: EngineProcess) -> EngineError:
    """For a child that ended later."""
    return EngineError(
        f"The embedded engine ended in the middle of its work ({_ending(process)}). Try again: it will be started anew.",
        detail=process.log_tail,
    )


def _ending(process: EngineProcess) -> str:
    code = process.exit_code or 0
    if code >= 0:
        return f"exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return f"signal {name}" + (", perhaps for lack of memory" if name == "SIGKILL" else "")
