"""A request to the gateway whose response is passed on as it comes, byte for byte."""

from __future__ import annotations

from chat2anyllm_desktop.core.errors import GatewayError
from chat2anyllm_desktop.llm.channel import Channel
from chat2anyllm_desktop.llm.faults import Fault
from chat2anyllm_desktop.llm.reading import Reading, Stalled


class Relay:
    """Sends at once. ``await head()``, then ``await take()`` until it gives ``b""``; ``close()`` always, which ends the
    request at the gateway if it still runs."""

    def __init__(self, channel: Channel, path: str, body: bytes | None, accept: str) -> None:
        self._channel = channel
        self._ended = False
        self._reading: Reading = (
            channel.get(path) if body is None else channel.post(path, body, accept=accept)
        )

    @property
    def status(self) -> int:
        return self._reading.status

    @property
    def content_type(self) -> str:
        return self._reading.headers.get("content-type", "application/json")

    async def head(self) -> None:
        """Wait for status and content type. Raises GatewayError where no response begins."""
        try:
            await self._reading.head()
        except Stalled:
            raise self._stalled(begun=False) from None
        except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx raised, in words.
            raise self._channel.failure(error)[0] from None

    async def take(self) -> bytes:
        """What has come since the last call; ``b""`` at the end. Raises GatewayError."""
        try:
            data = await self._reading.take()
        except Stalled:
            raise self._stalled(begun=True) from None
        except Exception as error:  # noqa: BLE001 - the boundary: whatever httpx raised, in words.
            raise self._channel.faults.cut(begun=True, reason=type(error).__name__) from None
        self._ended = not data
        return data

    def fault(self, body: bytes) -> Fault:
        """What a response that is a refusal means."""
        return self._channel.faults.from_response(self.status, self._reading.headers, body)

    def close(self) -> None:
        self._reading.close(finished=self._ended)

    def _stalled(self, *, begun: bool) -> GatewayError:
        return self._channel.faults.stalled(self._channel.stall_timeout_s, begun=begun)
