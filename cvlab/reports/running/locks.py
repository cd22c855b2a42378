"""One run at a time in a folder of reports: who holds it, since when, and what to do about it.

The lock is the operating system's own, on the file `.lock` of the folder: it ends with its process, however that ends,
and asks no clock, so one that is left behind by a killed run holds nobody up. The file says in JSON who holds it, for
the one who finds it held.

Some network shares have no such locks. There the file `.lock-owner`, which only one can create, takes its place. A
holder on the same machine that is gone is recognised, by the number of its process and when that started; of one on
another machine nobody can know, so the message names the file to delete.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cvlab.errors import ParameterError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
OWNER = ".lock-owner"
_SECONDS_BETWEEN_TRIES = 0.5
_WITHOUT_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}
_HELD = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}
# Other processes may read who holds the lock, but not the byte that is locked on Windows.
_FAR_BYTE = 2**30
_Release = Callable[[], None]


class FolderInUseError(RuntimeError):
    """Another run holds the folder; the message says who, since when, and what to do."""


@contextmanager
def lock_folder(folder: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold a folder against other runs, on this machine and, where the file system can, on others.

    Parameters
    ----------
    wait_seconds : how long to wait for another run to end.

    Raises
    ------
    FolderInUseError : another run holds it, and did not end in time.
    ParameterError : the folder cannot be written to.
    """
    deadline = time.monotonic() + wait_seconds
    while (release := _try(folder)) is None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise FolderInUseError(_say_who_holds(folder))
        time.sleep(min(_SECONDS_BETWEEN_TRIES, left))
    try:
        yield
    finally:
        release()


def _try(folder: Path) -> _Release | None:
    """Return how to release the lock, or None where another holds it."""
    try:
        try:
            return _lock(folder / LOCK)
        except OSError as error:
            if error.errno not in _WITHOUT_LOCKS:
                raise
            return _create(folder / OWNER)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ParameterError(
            f"the folder {folder} cannot be written to ({error.strerror}): give another --output"
        ) from None


def _lock(path: Path) -> _Release | None:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            if not _take(descriptor):
                os.close(descriptor)
                return None
            if _is_still(path, descriptor):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, _describe_self())
                break
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder has removed it meanwhile: the next file of that name counts

    def release() -> None:
        if sys.platform != "win32":  # there an open file cannot be removed, and an empty one does no harm
            path.unlink(missing_ok=True)
        os.close(descriptor)

    return release


def _take(descriptor: int) -> bool:
    """Take the lock of an open file, or say that another has it."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether an open file is the one that stands under its name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _create(path: Path) -> _Release | None:
    """Create the file of the owner, unless it is there and its owner is not known to be gone."""
    mine = _describe_self()
    for _ in range(2):
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(mine)
            return lambda: path.unlink(missing_ok=True)
        owner = _read_owner(path)
        if not _is_gone(owner):
            return None
        aside = path.with_name(f"{path.name}-{os.getpid()}")
        with suppress(FileNotFoundError):
            os.rename(path, aside)
            if _read_owner(aside) != owner:  # another was faster, and this is its own
                os.rename(aside, path)
                return None
            aside.unlink()
    return None


def _describe_self() -> bytes:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    pid = os.getpid()
    described = {
        "user": user,
        "process": pid,
        "host": platform.node(),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "started": _find_start(pid),
    }
    return json.dumps(described).encode()


def _read_owner(path: Path) -> Mapping[str, Any]:
    try:
        owner = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _is_gone(owner: Mapping[str, Any]) -> bool:
    """Whether a holder on this machine has ended; its number may belong to another process by now."""
    pid = owner.get("process")
    if owner.get("host") != platform.node() or not isinstance(pid, int) or sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return owner.get("started") != _find_start(pid)


def _find_start(pid: int) -> str | None:
    """When a process started, in ticks since the machine did; None where there is no /proc."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return told.rpartition(")")[2].split()[19]


def _say_who_holds(folder: Path) -> str:
    by_owner = (folder / OWNER).exists()
    owner = _read_owner(folder / (OWNER if by_owner else LOCK))
    who = " ".join(
        [
            *([f"of {owner['user']}"] if owner.get("user") else []),
            *([f"on {owner['host']}"] if owner.get("host") else []),
            *([f"(process {owner['process']})"] if owner.get("process") else []),
            *([f"since {owner['since']}"] if owner.get("since") else []),
        ]
    )
    gone = f"; if that run is no more, delete {folder / OWNER}" if by_owner else ""
    return (
        f"another run {who + ' ' if who else ''}is making reports in {folder}: "
        f"wait for it with --wait SECONDS, or give another --output{gone}"
    )
