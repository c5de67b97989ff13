"""How the embedded engine ends before its time, in words."""

from __future__ import annotations

import signal

from chat2anyllm_desktop.core.errors import EngineError
from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.llm.engine_process import EngineProcess


def not_started(process: EngineProcess, file_name: str) -> EngineError:
    """For a child that ended before it had loaded the model."""
    if process.exit_code is None:
        return EngineError(
            tr("The embedded engine could not be started: the system refused to run it."),
            detail=process.log_tail,
        )
    if process.exit_code == 1:
        return EngineError(
            tr(
                "The embedded engine cannot load {file}: the file is damaged, incomplete or of a kind that this version "
                "does not know. Choose another model in the settings.",
                file=file_name,
            ),
            detail=process.log_tail,
        )
    return EngineError(
        tr(
            "The embedded engine ended while it loaded {file} ({how}). Try again, or choose another model in the settings.",
            file=file_name,
            how=_ending(process),
        ),
        detail=process.log_tail,
    )


def died(process: EngineProcess) -> EngineError:
    """For a child that ended later."""
    return EngineError(
        tr(
            "The embedded engine ended in the middle of its work ({how}). Try again: it will be started anew.",
            how=_ending(process),
        ),
        detail=process.log_tail,
    )


def _ending(process: EngineProcess) -> str:
    code = process.exit_code or 0
    if code >= 0:
        return tr("exit status {code}", code=code)
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    if name == "SIGKILL":
        return tr("signal {name}, perhaps for lack of memory", name=name)
    return tr("signal {name}", name=name)
