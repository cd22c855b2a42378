"""One chapter in one kernel: what a worker process does, through papermill, and how it says what went wrong.

Workers and kernels live in a private place: their own kernelspec (so that a `python3` installed elsewhere cannot stand
in for this interpreter), their own runtime and IPython folders, one BLAS thread each. What they print beside the
notebook goes to a log file, not to the user's terminal.

This module must import in a moment: every worker does it. Papermill comes in with the first chapter.
"""

from __future__ import annotations

import json
import logging
import math
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cvlab.reports.kernels.quick_start import start_quickly

KERNEL = "cvlab-report"
PROVISIONER = "cvlab-warm"
SERVER_ADDRESS = "CVLAB_KERNEL_SERVER"
FaultKind = Literal["cell", "timeout", "kernel", "runner"]
START_SECONDS = 120
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# What holds for every process of every run.
SETTINGS = {
    **dict.fromkeys(_THREADS, "1"),
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
DRAWING = "cvlab.reports.kernels.drawing"
# What besides keeps a process in one thread, so that it may be copied.
ONE_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
# A picture goes on a page at double resolution, and into a file of its own as SVG: by our extension, not by IPython.
_KERNEL_ARGUMENTS = (
    *("-f", "{connection_file}"),
    "--HistoryManager.enabled=False",
    f"--IPKernelApp.extra_extensions={DRAWING}",
    "--InlineBackend.figure_formats=set()",
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A prepared notebook to run: where it is, where the result goes, its parameters and how long it may take."""

    notebook: Path
    output: Path
    folder: Path
    parameters: Mapping[str, Any]
    timeout_seconds: float


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What stopped a chapter: `kind` says who, `name` and `message` are those of the exception."""

    kind: FaultKind
    name: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one task ended."""

    seconds: float
    fault: Fault | None = None


def set_up_workspace(workspace: Path, *, warm: bool = False) -> dict[str, str]:
    """Write the private kernelspec of a run, new or continued, and return the environment that its workers need.

    JupyterLab does not see this kernelspec; where kernels are warm, it names the provisioner that gets them.
    """
    spec = workspace / "jupyter" / "kernels" / KERNEL
    spec.mkdir(parents=True, exist_ok=True)  # a run that is continued has its workspace already
    (spec / "kernel.json").write_text(
        json.dumps(
            {
                "argv": [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", *_KERNEL_ARGUMENTS],
                "display_name": "cvlab report",
                "language": "python",
                # Workers keep their connection files in the workspace; chapters use the machine's own folder.
                "env": dict.fromkeys(TEMPORARY, tempfile.gettempdir()),
                "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER}} if warm else {},
            }
        ),
        encoding="utf-8",
    )
    for name in ("runtime", "ipython", "tasks"):
        (workspace / name).mkdir(mode=0o700, exist_ok=True)
    searched = [str(workspace / "jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {
        **SETTINGS,
        "JUPYTER_PATH": os.pathsep.join(searched),
        **dict.fromkeys(TEMPORARY, str(workspace / "runtime")),
        "JUPYTER_RUNTIME_DIR": str(workspace / "runtime"),
        "IPYTHONDIR": str(workspace / "ipython"),
    }


def set_up_worker(environment: Mapping[str, str], log: Path) -> None:
    """Give a fresh worker process the run's environment, and send what it and its kernels print to a file."""
    os.environ.update(environment)
    # An exception, not a sudden end, so that papermill takes the kernel down before the worker goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    start_quickly()


def run_task(task: Task) -> Outcome:
    """Run one prepared notebook through papermill; whatever happens is told in the outcome, never raised."""
    started = time.monotonic()
    fault = _execute(task)
    if fault is not None and fault.kind == "kernel" and (_died_at_start(task, fault) or _lost_server()):
        # Ports are chosen before the kernel binds them: on a busy machine another process may be faster, once. And
        # a server that is gone has taken its kernels along, whatever they were doing; the next is an ordinary one.
        fault = _execute(task)
    return Outcome(seconds=time.monotonic() - started, fault=fault)


def _execute(task: Task) -> Fault | None:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from cvlab.reports.kernels.prompt_client import PromptManager
    from cvlab.reports.kernels.warm_provisioner import register_provisioner

    register_provisioner()
    deadlines: list[float] = []

    def seconds_left(_cell: object) -> int:
        """Count from the first cell: what starting a kernel takes is not the chapter's fault."""
        if not deadlines:
            deadlines.append(time.monotonic() + task.timeout_seconds)
        return max(1, math.ceil(deadlines[0] - time.monotonic()))

    try:
        papermill.execute_notebook(
            _escape(task.notebook),
            _escape(task.output),
            parameters=dict(task.parameters),
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=START_SECONDS,
            cwd=task.folder,
            timeout_func=seconds_left,
            shutdown_kernel="immediate",
            kernel_manager_class=PromptManager,
        )
    except PapermillExecutionError as error:
        return Fault(kind="cell", name=error.ename, message=error.evalue, traceback="\n".join(error.traceback))
    except CellTimeoutError:
        return Fault(kind="timeout", name="TimeoutError", message=f"{task.timeout_seconds:g}")
    except DeadKernelError as error:
        return Fault(kind="kernel", name=type(error).__name__, message=str(error))
    except RuntimeError as error:
        return Fault(kind="kernel", name=type(error).__name__, message=str(error))
    except Exception as error:  # the report goes on, whatever a chapter did
        return Fault(kind="runner", name=type(error).__name__, message=str(error))
    return None


def _died_at_start(task: Task, fault: Fault) -> bool:
    return not task.output.exists() and ("before replying" in fault.message or "didn't respond" in fault.message)


def _lost_server() -> bool:
    """Tell whether there was a fork server and is no more; from now on this worker does not ask for it."""
    from cvlab.reports.kernels.warm_provisioner import connect

    address = os.environ.get(SERVER_ADDRESS)
    if not address or (connection := connect(Path(address))) is None:
        return os.environ.pop(SERVER_ADDRESS, None) is not None
    connection.close()
    return False


def _end_with_parent() -> None:
    """End this worker when the runner is gone, however it went; the worker's kernel then ends by itself."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _escape(path: Path) -> str:
    """Papermill fills parameters into `{…}` of paths: a folder that really has braces must not lose them."""
    return str(path).replace("{", "{{").replace("}", "}}")
