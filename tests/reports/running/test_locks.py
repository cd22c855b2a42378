import errno
import json
import os
import platform
import subprocess
import sys
import time

import pytest

from cvlab.errors import ParameterError
from cvlab.reports.running import locks
from cvlab.reports.running.locks import LOCK, OWNER, FolderInUseError, lock_folder


@pytest.fixture
def without_locks(monkeypatch):
    """Make a file system that knows no locks, as some network shares do."""

    def refuse(descriptor):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_take", refuse)


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path):
    with lock_folder(tmp_path), pytest.raises(FolderInUseError) as caught, lock_folder(tmp_path):
        pass
    message = str(caught.value)
    assert f"on {platform.node()} (process {os.getpid()}) since 20" in message
    assert message.endswith(
        f"is making reports in {tmp_path}: wait for it with --wait SECONDS, or give another --output"
    )


def test_the_lock_goes_with_the_run(tmp_path):
    with pytest.raises(ZeroDivisionError), lock_folder(tmp_path):
        raise ZeroDivisionError
    with lock_folder(tmp_path):
        assert (tmp_path / LOCK).exists()
    assert not list(tmp_path.iterdir())


def test_a_file_that_a_killed_run_left_holds_nobody_up(tmp_path):
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom cvlab.reports.running.locks import lock_folder\n"
        "with lock_folder(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(FolderInUseError, match=rf"\(process {process.pid}\)"), lock_folder(tmp_path):
            pass
    finally:
        process.kill()
        process.communicate()
    assert (tmp_path / LOCK).exists()
    with lock_folder(tmp_path):
        pass


def test_waiting_takes_no_longer_than_told(tmp_path):
    started = time.monotonic()
    with lock_folder(tmp_path), pytest.raises(FolderInUseError), lock_folder(tmp_path, wait_seconds=0.3):
        pass
    assert 0.3 <= time.monotonic() - started < 5


def test_waiting_ends_with_the_other_run(tmp_path, monkeypatch):
    outer = lock_folder(tmp_path)
    outer.__enter__()
    monkeypatch.setattr(locks.time, "sleep", lambda _: outer.__exit__(None, None, None))
    with lock_folder(tmp_path, wait_seconds=60):
        assert (tmp_path / LOCK).exists()


def test_a_file_removed_between_opening_and_locking_is_not_taken_for_the_lock(tmp_path, monkeypatch):
    take = locks._take
    removed = []

    def remove_first(descriptor):
        if not removed:
            removed.append((tmp_path / LOCK).unlink())
        return take(descriptor)

    monkeypatch.setattr(locks, "_take", remove_first)
    with lock_folder(tmp_path):
        monkeypatch.setattr(locks, "_take", take)
        with pytest.raises(FolderInUseError), lock_folder(tmp_path):
            pass


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(locks.os, "open", refuse)
    with pytest.raises(ParameterError, match=r"cannot be written to \(Read-only file system\): give another --output"):
        lock_folder(tmp_path).__enter__()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / "mine").write_text("precious", encoding="utf-8")
    (tmp_path / LOCK).symlink_to(tmp_path / "mine")
    with pytest.raises(ParameterError, match="cannot be written to"), lock_folder(tmp_path):
        pass
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "precious"


@pytest.mark.usefixtures("without_locks")
class TestWithoutLocksOfTheSystem:
    def test_one_file_that_only_one_can_create_takes_their_place(self, tmp_path):
        with lock_folder(tmp_path):
            with pytest.raises(FolderInUseError, match=r"if that run is no more, delete .*\.lock-owner"):
                lock_folder(tmp_path).__enter__()
            assert json.loads((tmp_path / OWNER).read_bytes())["process"] == os.getpid()
        assert not (tmp_path / OWNER).exists()

    def leave(self, folder, **changed):
        owner = {**json.loads(locks._describe_self()), **changed}
        (folder / OWNER).write_text(json.dumps(owner), encoding="utf-8")

    def test_a_holder_that_is_gone_is_recognised(self, tmp_path):
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        self.leave(tmp_path, process=gone.pid)
        with lock_folder(tmp_path):
            assert json.loads((tmp_path / OWNER).read_bytes())["process"] == os.getpid()

    @pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="tells by /proc when a process started")
    def test_a_number_that_another_process_has_by_now_is_recognised(self, tmp_path):
        self.leave(tmp_path, started="1")
        with lock_folder(tmp_path):
            pass

    @pytest.mark.parametrize("changed", [{"host": "elsewhere"}, {}, {"host": "elsewhere", "process": "x"}])
    def test_one_that_may_be_alive_is_left_alone(self, tmp_path, changed):
        self.leave(tmp_path, **changed)
        with pytest.raises(FolderInUseError), lock_folder(tmp_path):
            pass
        assert (tmp_path / OWNER).exists()

    def test_a_file_that_says_nothing_is_left_alone(self, tmp_path):
        (tmp_path / OWNER).write_text("?", encoding="utf-8")
        with pytest.raises(FolderInUseError, match="another run is making reports"), lock_folder(tmp_path):
            pass
