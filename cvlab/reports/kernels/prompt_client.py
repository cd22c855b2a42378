"""The client of a kernel that begins as soon as it may.

A kernel sends what it prints and draws over a channel of its own, to those who listen by then. jupyter_client asks the
kernel for a sign of life and then listens for a fifth of a second, in the hope that it is heard by now. Here the answer
to a question of our own must have come over that channel: then nothing is lost that follows, and nobody has waited.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

_SECONDS_TO_ANSWER = 1.0
_MILLISECONDS_TO_KNOCK_AGAIN = 5
_SECONDS_TO_BE_HEARD = 0.02  # on the way from one process to the other; who is not connected yet hears nothing at all


class PromptClient(AsyncKernelClient):
    """A client that is ready once it has heard that the kernel dealt with its question."""

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        # A kernel listens a tenth of a second after it was asked for; who knocks before tries again, usually that late.
        context.setsockopt(zmq.RECONNECT_IVL, _MILLISECONDS_TO_KNOCK_AGAIN)
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and is heard on all channels.

        Raises
        ------
        RuntimeError : the kernel died or did not answer in time, in the words of jupyter_client.
        """
        ends = time.monotonic() + (float("inf") if timeout is None else timeout)
        asked: set[str] = set()
        answer = None
        while True:
            asked.add(self.kernel_info())
            answer = answer or await _find(self.shell_channel, asked, _SECONDS_TO_ANSWER)
            if answer and await _find(self.iopub_channel, asked, _SECONDS_TO_BE_HEARD, state="idle"):
                self._handle_kernel_info_reply(answer)
                return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > ends:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")


class PromptManager(AsyncKernelManager):
    """The manager whose clients are prompt."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(client_class=f"{__name__}.{PromptClient.__name__}", client_factory=PromptClient, **settings)


async def _find(channel: Any, asked: set[str], seconds: float, *, state: str | None = None) -> dict[str, Any] | None:
    """Return the message that answers a question, or says in which state the kernel then is; None if none comes."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        try:
            message: dict[str, Any] = await channel.get_msg(timeout=left)
        except Empty:
            return None
        if message["parent_header"].get("msg_id") in asked and message["content"].get("execution_state") == state:
            return message
    return None
