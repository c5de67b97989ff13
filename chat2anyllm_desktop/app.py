"""The only place where parts are built, joined and closed: a core for the command line, and the window over it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core.errors import SettingsError
from chat2anyllm_desktop.settings import load_settings

if TYPE_CHECKING:
    import socket

    from PySide6.QtWidgets import QApplication

    from chat2anyllm_desktop.llm.client import GatewayClient
    from chat2anyllm_desktop.llm.router import ModelRouter
    from chat2anyllm_desktop.secrets import Vault
    from chat2anyllm_desktop.settings import LoadedSettings
    from chat2anyllm_desktop.store.journal import Journal
    from chat2anyllm_desktop.store.threaded import ThreadedStore
    from chat2anyllm_desktop.store.watch import Watcher
    from chat2anyllm_desktop.ui.shell import Shell


PASSWORD, SLACK_SECRET = "serve_password", "slack_signing_secret"
"""Names of the keychain's entries for the HTTP face."""
PASSWORD_VARIABLE, SLACK_VARIABLE = "CHAT2ANYLLM_SERVE_PASSWORD", "SLACK_SIGNING_SECRET"
"""Environment variables that go before them."""


class Workshop:
    """Makes the parts that the settings ask for. Making is cheap: nothing is connected, opened or started by it."""

    def __init__(self, loaded: LoadedSettings) -> None:
        self.loaded = loaded
        self._vault: Vault | None = None
        self._journal: Journal | None = None

    @property
    def vault(self) -> Vault:
        """The keychain. Its methods block: call them off the UI thread."""
        if self._vault is None:
            from chat2anyllm_desktop.secrets import Vault

            self._vault = Vault()
        return self._vault

    @property
    def journal(self) -> Journal:
        """What protects answers that are being written."""
        if self._journal is None:
            from chat2anyllm_desktop.store.journal import Journal

            self._journal = Journal(paths.state_folder() / "turns")
        return self._journal

    def tried_with(self, loaded: LoadedSettings) -> Workshop:
        """Another workshop, for trying settings out."""
        return Workshop(loaded)

    def make_models(self) -> ModelRouter:
        """Gateway, embedded engine and demo, as far as they are set and installed."""
        from chat2anyllm_desktop.llm.demo import OfflineDemo
        from chat2anyllm_desktop.llm.local import EmbeddedEngine
        from chat2anyllm_desktop.llm.router import ModelRouter

        settings = self.loaded.settings
        gateway = self.make_gateway()
        engine = None
        # A model file that is named in the settings is wanted: that its engine is missing is then to be told.
        if settings.local_enabled and (settings.local_model_path or EmbeddedEngine.installed()):
            engine = EmbeddedEngine(
                model_path=settings.local_model_path,
                threads=settings.local_threads,
                context_tokens=settings.local_context_tokens,
                idle_timeout_s=60.0 * settings.local_idle_minutes,
                stall_timeout_s=settings.stall_timeout_s,
            )
        return ModelRouter(gateway, engine, OfflineDemo())

    def make_gateway(self, *, nap_s: float | None = None) -> GatewayClient | None:
        """The gateway by itself; None where none is set. ``nap_s`` as :class:`GatewayClient` has it."""
        from chat2anyllm_desktop.llm.client import GatewayClient
        from chat2anyllm_desktop.llm.reading import NAP_S

        settings = self.loaded.settings
        if not settings.gateway_url:
            return None
        return GatewayClient(
            settings.gateway_url,
            settings.gateway_key.reveal() or None,
            connect_timeout_s=settings.connect_timeout_s,
            stall_timeout_s=settings.stall_timeout_s,
            proxy=settings.proxy_url.reveal() or None,
            ca_file=str(settings.ca_file) if settings.ca_file else None,
            nap_s=NAP_S if nap_s is None else nap_s,
        )

    def make_store(self) -> ThreadedStore:
        """The shared history when a database URL is set, else the embedded one."""
        url = self.loaded.settings.database_url.reveal()
        if not url:
            return self.make_embedded_store()
        from chat2anyllm_desktop.store.postgres import PostgresStore
        from chat2anyllm_desktop.store.threaded import ThreadedStore

        return ThreadedStore(PostgresStore(url, paths.resource("schema.sql")))

    def make_embedded_store(self, *, in_memory: bool = False) -> ThreadedStore:
        """The history on this computer."""
        from chat2anyllm_desktop.store.sqlite import SqliteStore
        from chat2anyllm_desktop.store.threaded import ThreadedStore

        return ThreadedStore(SqliteStore(None if in_memory else paths.history_file()))

    def make_watcher(self, store: ThreadedStore) -> Watcher:
        """Tells what others change in the history."""
        from chat2anyllm_desktop.store.watch import watcher

        return watcher(store)

    async def load_secrets(self) -> str:
        """Complete the settings from the keychain, on a worker thread: a keychain may ask the user to unlock it. The
        answer says why there is no keychain, empty when there is one."""
        wanted = set(self.loaded.missing_secrets())
        if not self.loaded.settings.gateway_url:
            wanted.discard("gateway_key")  # Nobody would be shown it.
        if not wanted:
            return ""
        while True:
            asked = self.loaded
            completed = await asyncio.to_thread(self.vault.complete, asked)
            if self.loaded is asked:  # Else they were saved anew while the user unlocked the keychain.
                self.loaded = completed
                break
        state = await asyncio.to_thread(self.vault.state)
        return "" if state.available else state.sentence


@dataclass(frozen=True, slots=True)
class Core:
    """The program without a window: an open history, the models, the journal."""

    store: ThreadedStore
    models: ModelRouter
    journal: Journal

    async def aclose(self) -> None:
        """Finish what is queued for the store; end the engine."""
        await self.models.aclose()
        await self.store.aclose()
        self.journal.close()


async def build_core(loaded: LoadedSettings) -> Core:
    """Build and open what ``ask`` and its like need. Raises ChatError when the history cannot be opened."""
    from chat2anyllm_desktop.store.api import Store
    from chat2anyllm_desktop.store.journal import settle

    workshop = Workshop(loaded)
    await workshop.load_secrets()
    store = workshop.make_store()
    await store.call(Store.open)
    core = Core(store, workshop.make_models(), workshop.journal)
    await settle(core.store, core.journal)
    return core


def run_window(loaded: LoadedSettings, link: str = "") -> int:
    """Open the window, at a link to a session if there is one, and run until it is closed; returns the exit status.

    The window is painted before anything else is imported, opened or connected.
    """
    from chat2anyllm_desktop.ui.desktop.application import Application

    app = Application()

    from chat2anyllm_desktop.ui.single_instance import SingleInstance

    instance = SingleInstance(str(paths.data_folder()))
    if not instance.acquire(link, os.environ.get("XDG_ACTIVATION_TOKEN", "")):
        print("Chat2AnyLLM is open already; its window was brought to the front.")  # noqa: T201 - there is no window to say it
        return 0

    from chat2anyllm_desktop.ui.shell import Shell
    from chat2anyllm_desktop.ui.translation import Translation

    Translation(app, loaded.settings.language)
    if loaded.problems:  # They were told before the language was known.
        loaded = replace(loaded, problems=load_settings(file=loaded.file).problems)
    shell = Shell(loaded.settings, app)
    if link:
        shell.open_link(link)
    instance.raise_requested.connect(shell.on_called)
    app.link_opened.connect(lambda address: shell.on_called(address, ""))
    app.quit_asked.connect(shell.window.quit)
    shell.window.closed.connect(instance.close_door)
    shell.show()
    return _run_loop(app, shell, loaded)


def _run_loop(app: QApplication, shell: Shell, loaded: LoadedSettings) -> int:
    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(shell.run(Workshop(loaded)))
    return 0


def run_trials(
    loaded: LoadedSettings, answer: str, check: Callable[[str, Callable[[], Awaitable[str]]], Awaitable[None]]
) -> None:
    """Open the window and hand every trial of it to ``check``; the gateway of the settings answers ``answer``."""
    from chat2anyllm_desktop.ui.desktop.application import Application
    from chat2anyllm_desktop.ui.shell import Shell

    app = Application()
    shell = Shell(loaded.settings, app)
    shell.show()

    async def try_out() -> None:
        from chat2anyllm_desktop.ui.trials.rendering import RenderingTrials
        from chat2anyllm_desktop.ui.trials.window import WindowTrials

        running = asyncio.ensure_future(shell.run(Workshop(loaded)))
        rendering = RenderingTrials(shell.theme)
        try:
            for name, trial in {**WindowTrials(shell, answer).all(), **rendering.all()}.items():
                await check(name, trial)
        finally:
            rendering.close()
            shell.window.quit()
            await running

    import qasync

    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(try_out())


def run_server(
    loaded: LoadedSettings, *, host: str, port: int, origins: Sequence[str] = (), username: str = "admin"
) -> int:
    """Serve the HTTP face until the program is told to end; returns the exit status. Raises ChatError.

    Without a password only this computer is listened to, and a token for this run is printed.
    """
    try:
        import starlette as starlette
        import uvicorn as uvicorn
    except ImportError as error:
        raise SettingsError(
            f"“{error.name}” is missing, which serving needs: pip install 'chat2anyllm-desktop[serve]'."
        ) from None
    from chat2anyllm_desktop import logs
    from chat2anyllm_desktop.serve.server import find_place, listen

    vault = Workshop(loaded).vault
    # Without spaces around: an empty line of a settings file, or of a paste, is no secret.
    password = os.environ.get(PASSWORD_VARIABLE, "").strip() or vault.load(PASSWORD) or ""
    slack_secret = os.environ.get(SLACK_VARIABLE, "").strip() or (vault.load(SLACK_SECRET) or "").strip()
    logs.mask(password)
    logs.mask(slack_secret)
    place = find_place(host, port)
    if not password and not place.is_loopback:
        raise SettingsError(
            f"{host} can be reached by others, and no password is set: set {PASSWORD_VARIABLE}, or keep one in the"
            " keychain with: chat2anyllm serve --set-password"
        )
    listener = listen(place)
    try:
        asyncio.run(_serve(loaded, listener, host, origins, username, password, slack_secret))
    finally:
        listener.close()
    return 0


async def _serve(
    loaded: LoadedSettings,
    listener: socket.socket,
    host: str,
    origins: Sequence[str],
    username: str,
    password: str,
    slack_secret: str,
) -> None:
    from chat2anyllm_desktop.serve.access import Access
    from chat2anyllm_desktop.serve.application import build
    from chat2anyllm_desktop.serve.server import Server
    from chat2anyllm_desktop.serve.services import Services
    from chat2anyllm_desktop.serve.slack import Signatures

    workshop = Workshop(loaded)
    problem = await workshop.load_secrets()
    if problem and workshop.loaded.missing_secrets():
        print(problem, file=sys.stderr)  # noqa: T201 - there is no window to say it
    access = Access(username, password)
    services = Services(
        workshop.make_store(),
        workshop.journal,
        workshop.make_gateway(nap_s=0.0),
        access,
        slack=Signatures(slack_secret) if slack_secret else None,
    )
    services.recover()  # Opens the history, and puts in order what an earlier run left.

    def started(port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        lines = [f"Chat2AnyLLM answers at http://{shown}:{port}/api (Ctrl+C ends it)."]
        if not password:
            lines.append(f"No password is set. A token for this run: {access.new_token()}")
        print("\n".join(lines), file=sys.stderr, flush=True)  # noqa: T201 - a server speaks on its terminal

    server = Server(build(services, origins=origins), services, started)
    await server.serve([listener])
