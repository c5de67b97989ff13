"""The command line: opens the window, or does one thing without it (``ask``, ``doctor``, ``db``).

Only what the chosen way needs is imported; without a window that is no Qt at all. Exit status: 0 success, 1 failure, 2
wrong arguments or no display, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING

from chat2anyllm_desktop import __version__

if TYPE_CHECKING:
    from chat2anyllm_desktop.settings import LoadedSettings

_COMMANDS = {
    "ask": "ask a model and print its answer",
    "doctor": "check gateway, models, database, engine and display",
    "serve": "answer browsers, scripts and Slack over HTTP",
    "db": "look at the shared database, or bring its schema up to date",
}


def main(argv: list[str] | None = None) -> int:
    """Run the program with these arguments (those of the process when None); returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if argv == ["engine"]:  # Not for people: the embedded engine starts its child process so.
        from chat2anyllm_desktop.llm import engine_process

        return engine_process.main()
    if argv == ["drawings"]:  # Nor is this: the window has its formulas drawn so.
        from chat2anyllm_desktop.render import drawing_process
        from chat2anyllm_desktop.system import end_with_parent

        end_with_parent(watch_input=False)
        return drawing_process.main()
    argv, link = _without_link(argv)
    arguments = _parser(argv).parse_args(argv)
    if arguments.home:
        from chat2anyllm_desktop.paths import HOME_VARIABLE

        os.environ[HOME_VARIABLE] = os.path.abspath(os.path.expanduser(arguments.home))
    if getattr(arguments, "self_test", False):  # Before anything is written into the user's folders.
        from chat2anyllm_desktop.cli import self_test

        return self_test.run(as_json=arguments.json)
    loaded = _prepared(arguments.log_level)
    try:
        return _command(arguments, loaded) if arguments.command else _window(loaded, link)
    except KeyboardInterrupt:
        return 130


def _parser(argv: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chat2anyllm",
        description="Chat2AnyLLM Desktop. Without a command it opens the window, at a chat2anyllm:// link if one is given.",
    )
    parser.add_argument("--version", action="version", version=f"Chat2AnyLLM Desktop {__version__}")
    parser.add_argument("--home", metavar="DIR", help="keep settings, history and logs in this folder")
    parser.add_argument(
        "--log-level", choices=("debug", "info", "warning", "error"), help="how much the log tells"
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, sentence in _COMMANDS.items():
        command = commands.add_parser(
            name, help=sentence, description=f"{sentence[0].upper()}{sentence[1:]}."
        )
        if name in argv:
            importlib.import_module(f"chat2anyllm_desktop.cli.{name}").add_arguments(command)
    return parser


def _prepared(log_level: str | None) -> LoadedSettings:
    """Settings and logging, in this order, before anything that could fail."""
    from chat2anyllm_desktop import logs, paths
    from chat2anyllm_desktop.settings import load_settings

    loaded = load_settings()
    for secret in loaded.secret_values():
        logs.mask(secret)
    problem = logs.start_logging(log_level or loaded.settings.log_level, paths.log_file())
    if problem is not None:
        print(problem, file=sys.stderr)
    logs.CrashReports(paths.state_folder()).install()
    return loaded


def _command(arguments: argparse.Namespace, loaded: LoadedSettings) -> int:
    from chat2anyllm_desktop.core.errors import ChatError

    if arguments.command != "doctor":  # It lists the problems itself.
        for problem in loaded.problems:
            print(problem, file=sys.stderr)
    module = importlib.import_module(f"chat2anyllm_desktop.cli.{arguments.command}")
    try:
        status: int = module.run(arguments, loaded)
        sys.stdout.flush()
    except ChatError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who read the output has seen enough (``| head``); Python would flush it once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _without_link(argv: list[str]) -> tuple[list[str], str]:
    """The arguments without the link that desktops start the program with, and the link; an empty text for none."""
    from chat2anyllm_desktop.core.links import is_link

    if argv and is_link(argv[-1]) and _COMMANDS.keys().isdisjoint(argv):
        return argv[:-1], argv[-1]
    return argv, ""


def _window(loaded: LoadedSettings, link: str) -> int:
    from chat2anyllm_desktop.system import display_problem

    problem = display_problem()
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    try:
        from chat2anyllm_desktop.app import run_window
    except ImportError as error:
        if error.name is not None and error.name.startswith("chat2anyllm_desktop"):
            raise
        print(f"Qt cannot be loaded ({error}). docs/install.md names the packages it needs.", file=sys.stderr)
        return 2
    return run_window(loaded, link)


if __name__ == "__main__":
    sys.exit(main())
