"""A client is ready when, and only when, it has heard the kernel on both channels."""

from __future__ import annotations

import asyncio
from queue import Empty

import pytest
import zmq

from cvlab.reports.kernels.prompt_client import PromptClient, PromptManager


class Channel:
    """A channel on which messages wait; None is a while in which nothing comes."""

    def __init__(self, *messages):
        self.messages = list(messages)

    async def get_msg(self, timeout):
        message = self.messages.pop(0) if self.messages else None
        if message is None:
            raise Empty
        return message


def answer(asked, **content):
    return {"parent_header": {"msg_id": asked}, "content": content}


class Client(PromptClient):
    """A client whose channels are told, and which names its questions 1, 2, …"""

    shell_channel = iopub_channel = None
    lives = 10**9

    def kernel_info(self, *_args, **_settings):
        self.n_asked = getattr(self, "n_asked", 0) + 1
        return str(self.n_asked)

    async def is_alive(self):
        self.lives -= 1
        return self.lives > 0

    def _handle_kernel_info_reply(self, message):
        self.handled = message


def wait(client, timeout=5.0):
    asyncio.run(client.wait_for_ready(timeout=timeout))


@pytest.fixture
def client():
    made = Client()
    made.shell_channel = Channel(answer("0"), answer("1", banner="kernel"))
    return made


def test_it_is_ready_once_it_is_heard(client):
    client.iopub_channel = Channel(
        answer("1", execution_state="busy"), answer("0", execution_state="idle"), answer("1", execution_state="idle")
    )
    wait(client)
    assert client.n_asked == 1
    assert client.handled["content"] == {"banner": "kernel"}


def test_it_asks_again_until_it_is_heard(client):
    client.iopub_channel = Channel(None, None, answer("3", execution_state="busy"), answer("2", execution_state="idle"))
    wait(client)
    assert client.n_asked == 3


def test_a_kernel_that_died_or_is_silent_is_told_of_as_jupyter_tells_it(client):
    client.iopub_channel, client.lives = Channel(), 1
    with pytest.raises(RuntimeError, match="Kernel died before replying to kernel_info"):
        wait(client)
    silent = Client()
    silent.shell_channel = silent.iopub_channel = Channel()
    with pytest.raises(RuntimeError, match=r"Kernel didn't respond in 0\.01 seconds"):
        wait(silent, timeout=0.01)


def test_clients_of_the_manager_are_prompt():
    manager = PromptManager()
    client = manager.client(ip="127.0.0.1", shell_port=1, iopub_port=1, stdin_port=1, hb_port=1, control_port=1)
    assert type(client) is PromptClient
    assert client.context.getsockopt(zmq.RECONNECT_IVL) == 5
    client.context.term()
