"""Workers that are copies of one process: what they may rely on, and what must not be old in them."""

import os
import subprocess
import sys
import time
from collections import deque
from functools import partial
from pathlib import Path

import pytest

from cvlab.reports.kernels.warm_kernels import can_fork
from cvlab.reports.running.workers import Job, Workers

pytestmark = pytest.mark.skipif(not can_fork(), reason="workers are copies on Linux only")
LOOK = """
import os, sys
import cvlab.reports.running.worker_imports
print(len(os.listdir("/proc/self/task")), *[name in sys.modules for name in ("papermill", "nbconvert", "matplotlib")])
"""


RUN = """
import os, time
from collections import deque
from pathlib import Path
from multiprocessing.util import get_temp_dir
from cvlab.reports.running.workers import Job, Workers

with Workers(1, {}, Path("log"), pastime=os.getpid) as workers:
    for _ in workers.run(deque([Job(call=os.getpid, about="")]), started=lambda _: None):
        print(get_temp_dir(), flush=True)
        time.sleep(600)
"""


def do_nothing():
    pass


def test_what_workers_are_copies_of_runs_in_one_thread_and_has_loaded_what_they_need():
    done = subprocess.run([sys.executable, "-W", "error", "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "True", "True", "False"]
    assert done.stderr == ""


def test_workers_know_what_was_set_since_the_first_of_them_started(tmp_path, monkeypatch):
    for said in ("first", "second"):
        monkeypatch.setenv("CVLAB_TEST_MARK", said)
        with Workers(1, {}, tmp_path / "log", pastime=do_nothing) as workers:
            job = Job(call=partial(os.getenv, "CVLAB_TEST_MARK"), about="mark")
            assert [ended for _, ended in workers.run(deque([job]), started=lambda _: None)] == [said]


def test_workers_keep_files_from_those_from_whom_the_runner_keeps_them_now(tmp_path):
    for mask in (0o022, 0o027):
        before = os.umask(mask)
        try:
            with Workers(1, {}, tmp_path / "log", pastime=do_nothing) as workers:
                job = Job(call=partial(Path.mkdir, tmp_path / f"{mask:o}"), about="folder")
                assert [ended for _, ended in workers.run(deque([job]), started=lambda _: None)] == [None]
        finally:
            os.umask(before)
        assert (tmp_path / f"{mask:o}").stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_runner_that_is_killed_leaves_no_folder_with_a_socket(tmp_path):
    command = [sys.executable, "-c", RUN]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as runner:
        folder = Path(runner.stdout.readline().strip())
        assert list(folder.iterdir())
        runner.kill()
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
