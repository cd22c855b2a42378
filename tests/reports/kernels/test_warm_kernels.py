import json
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest

from cvlab.reports.kernels import warm_kernels
from cvlab.reports.kernels.execution import KERNEL, PROVISIONER, SERVER_ADDRESS, Task, run_task, set_up_worker
from cvlab.reports.kernels.warm_kernels import can_fork, serve_kernels, start_server

pytestmark = pytest.mark.skipif(not can_fork(), reason="warm kernels are for Linux")

# A server that loads next to nothing: for tests of what becomes of it, not of what it has loaded.
BARE = """
import sys
from cvlab.reports.kernels import warm_server
warm_server.LIBRARIES = ("ipykernel.ipkernel", "matplotlib.pyplot")
warm_server.CHAPTER_MODULES = warm_server.CHAPTER_PACKAGES = ()
warm_server.rehearse = lambda folder: None
"""
# Longer than the 107 bytes that the address of a socket may have.
DEEP = Path(*("a folder with quite a long name",) * 5)
FACTS = """
import json, os, random, sys, tempfile
import numpy as np
print(json.dumps({
    "parent": os.getppid(), "group": os.getpgrp(), "own": os.getpid(),
    "drawn": [random.random(), np.random.random(), float(np.random.default_rng().random())],
    "seeded": float(np.random.default_rng(7).random()),
    "hash": hash("customer"), "folder": os.getcwd(), "temporary": tempfile.gettempdir(),
    "backend": os.environ["MPLBACKEND"], "allocator": os.environ.get("JE_ARROW_MALLOC_CONF"),
    "threads": os.environ["OMP_NUM_THREADS"], "path": sys.path, "arguments": sys.argv,
    "input": os.readlink("/proc/self/fd/0"), "mark": os.environ.get("CVLAB_TEST_MARK"),
}))
"""


@contextmanager
def start_kernels(workspace, log="workers.log"):
    """Serve kernels, and run chapters in a worker process as a report does."""
    with serve_kernels(workspace) as environment, ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=set_up_worker, initargs=(environment, workspace / log)
    ) as pool:  # fmt: skip
        yield SimpleNamespace(
            workspace=workspace, environment=environment, pool=pool, address=environment.get(SERVER_ADDRESS, "")
        )


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """Serve kernels, with everything loaded, in a folder that lies deep."""
    workspace = tmp_path_factory.mktemp("run") / DEEP
    workspace.mkdir(parents=True)
    with start_kernels(workspace) as started:
        yield started


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """Serve kernels that start at once, and may be killed."""
    monkeypatch.setattr(warm_kernels, "SERVER", ("-c", f"{BARE}\nwarm_server.main()"))
    with start_kernels(tmp_path) as started:
        yield started


def run(kernels, *sources, name="chapter", timeout_seconds=60.0, wait=True):
    """Run cells in a kernel of their own; gives the outcome and what they printed."""
    import nbformat

    cells = [nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    notebook, output = (kernels.workspace / f"{name}-{end}.ipynb" for end in ("in", "out"))
    output.unlink(missing_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    task = Task(
        notebook=notebook,
        output=output,
        folder=kernels.workspace,
        parameters={"x": 2},
        timeout_seconds=timeout_seconds,
    )
    future = kernels.pool.submit(run_task, task)
    return (future.result(), read_outputs(output)) if wait else future


def read_outputs(path):
    """Read what the cells of an executed notebook put out; papermill writes none when its kernel dies."""
    if not path.exists():
        return []
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [output for cell in cells for output in cell.get("outputs", ())]


def read_printed(outputs):
    return "".join("".join(output["text"]) for output in outputs if output.get("name") == "stdout")


def learn_facts(kernels, name="facts"):
    outcome, outputs = run(kernels, FACTS, name=name)
    assert outcome.fault is None
    return json.loads(read_printed(outputs))


def find_server(kernels):
    """Find the process that serves kernels: it works in the folder of the socket."""
    found = find_processes(str(Path(kernels.address).parent))
    return min(found) if found else None  # its copies begin there too, and came later


def find_processes(word):
    """Find the running processes whose command line, or the folder in which they work, holds a word."""
    found = []
    for folder in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{folder}/cmdline").read_bytes() + os.fsencode(os.readlink(f"/proc/{folder}/cwd"))
        except OSError:
            continue
        if word.encode() in line and int(folder) != os.getpid():
            found.append(int(folder))
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def wait_for_pid(path):
    wait_until(lambda: path.exists() and path.read_text("utf-8"))
    return int(path.read_text("utf-8"))


def test_a_kernel_is_a_copy_of_the_server_but_has_its_own_place_and_state(kernels):
    first, second = learn_facts(kernels), learn_facts(kernels)
    assert first["parent"] == second["parent"] == find_server(kernels)
    assert first["own"] != second["own"]
    assert first["own"] == first["group"]
    assert all(one != other for one, other in zip(first["drawn"], second["drawn"], strict=True))
    assert first["seeded"] == second["seeded"]
    assert first["hash"] == second["hash"]
    assert first["folder"] == str(kernels.workspace)
    assert first["temporary"] == os.path.realpath(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108
    assert first["backend"] == "module://matplotlib_inline.backend_inline"
    assert first["allocator"] is None
    assert first["threads"] == "1"
    assert first["input"] == "/dev/null"
    assert first["arguments"][0] == "ipykernel_launcher"
    assert not [path for path in first["path"] if "kernels-" in path]


def test_a_warm_kernel_and_an_ordinary_one_give_the_same(kernels, tmp_path, monkeypatch):
    chapter = (
        "import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns\n"
        "from sklearn.cluster import KMeans\n"
        "random = np.random.default_rng(3)\ntable = pd.DataFrame({'a': random.normal(size=50), 'b': ['x', 'y'] * 25})",
        "print(table.groupby('b')['a'].agg(['mean', 'std']))\n"
        "print(KMeans(3, random_state=0, n_init=2).fit(table[['a']]).inertia_)",
        "figure, axes = plt.subplots()\nsns.histplot(table, x='a', hue='b', ax=axes);",
        "import sys\nprint([name for name in ('polars', 'duckdb', 'pyspark', 'nbformat') if name in sys.modules])",
    )
    warm = run(kernels, *chapter)[1]
    monkeypatch.setattr(warm_kernels, "can_fork", lambda: False)
    with start_kernels(tmp_path) as ordinary:
        assert SERVER_ADDRESS not in ordinary.environment
        spec = json.loads((tmp_path / "jupyter" / "kernels" / KERNEL / "kernel.json").read_text("utf-8"))
        assert spec["metadata"] == {}
        outcome, cold = run(ordinary, *chapter)
    assert outcome.fault is None
    assert read_printed(warm) == read_printed(cold)
    assert read_printed(warm).endswith("[]\n")
    pictures = [[output for output in outputs if "image/png" in output.get("data", {})] for outputs in (warm, cold)]
    assert [len(found) for found in pictures] == [1, 1]
    for found in pictures:
        assert "image/svg+xml" in found[0]["data"]
    assert pictures[0][0]["data"]["image/png"] == pictures[1][0]["data"]["image/png"]
    assert pictures[0][0]["metadata"] == pictures[1][0]["metadata"]


def test_the_socket_is_private_and_may_lie_deep(kernels):
    address = Path(kernels.address)
    assert len(os.fsencode(address)) > 107
    assert stat.S_ISSOCK(address.stat().st_mode)
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    assert list(address.parent.iterdir()) == [address]


def test_the_server_has_loaded_what_chapters_import_and_runs_in_one_thread(kernels):
    learn_facts(kernels)
    loaded = "import sys\nprint(len(sys.modules))"
    chapter = "\n".join(
        source
        for path in sorted(Path(warm_kernels.__file__).parents[3].glob("notebooks/*.ipynb"))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if (source := "".join(cell["source"])).startswith("from ") and cell["cell_type"] == "code"
    )
    outcome, outputs = run(kernels, loaded, chapter, loaded)
    assert outcome.fault is None
    before, after = map(int, read_printed(outputs).split())
    assert after - before <= 2, "a chapter imports what the server has not loaded"
    assert len(os.listdir(f"/proc/{find_server(kernels)}/task")) == 1


def test_the_provisioner_is_known_by_its_entry_point_and_without_it(monkeypatch):
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.provisioning import KernelProvisionerFactory

    from cvlab.reports.kernels.warm_provisioner import WarmProvisioner, register_provisioner

    (declared,) = entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER)
    assert declared.load() is WarmProvisioner
    factory = KernelProvisionerFactory.instance()  # the process has one, which this fills with what is installed
    monkeypatch.setattr(KernelProvisionerFactory, "provisioners", {})
    monkeypatch.setattr(KernelProvisionerFactory, "_get_provisioner", lambda *_: 1 / 0)
    register_provisioner()
    spec = KernelSpec(metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}})
    assert isinstance(factory.create_provisioner_instance("1", spec, None), WarmProvisioner)
    assert isinstance(factory.provisioners[PROVISIONER], EntryPoint)


def test_an_interrupted_kernel_goes_on(kernels, monkeypatch):
    from jupyter_client import KernelManager

    from cvlab.reports.kernels.warm_provisioner import WarmKernel, register_provisioner

    for name, value in kernels.environment.items():
        monkeypatch.setenv(name, value)
    register_provisioner()
    manager = KernelManager(kernel_name=KERNEL)
    manager.start_kernel()
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        assert isinstance(manager.provisioner.process, WarmKernel)
        # Else the kernel drops what comes right after an error, as it would the cells below.
        endless = client.execute("import time\nwhile True:\n    time.sleep(0.01)", stop_on_error=False)
        wait_until(lambda: client.get_iopub_msg(timeout=30)["header"]["msg_type"] == "execute_input")
        manager.interrupt_kernel()
        assert get_reply(client, endless)["ename"] == "KeyboardInterrupt"
        assert get_reply(client, client.execute("1 + 1"))["status"] == "ok"
        assert manager.is_alive()
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
        client.context.term()
    assert not manager.is_alive()


def get_reply(client, message):
    while True:
        reply = client.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") == message:
            return reply["content"]


def test_a_killed_kernel_costs_only_its_own_chapter(bare, tmp_path):
    started = tmp_path / "started"
    source = (
        "import os, signal, subprocess\n"
        f"child = subprocess.Popen(['sleep', '600'])\nopen({str(started)!r}, 'w').write(str(child.pid))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    outcome, _ = run(bare, source)
    assert outcome.fault.kind == "kernel"
    wait_until(lambda: not is_running(wait_for_pid(started)))  # what it had started has ended with it
    assert learn_facts(bare)["parent"] == find_server(bare)


def test_a_chapter_that_takes_too_long_leaves_no_process(bare, tmp_path):
    started = tmp_path / "started"
    source = (
        "import os, subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(started)!r}, 'w').write(str(child.pid))\nwhile True:\n    pass"
    )
    outcome, _ = run(bare, source, timeout_seconds=2)
    assert outcome.fault.kind == "timeout"
    wait_until(lambda: find_processes(str(Path(bare.address).parent)) == [find_server(bare)])
    wait_until(lambda: not is_running(wait_for_pid(started)))
    assert learn_facts(bare)["parent"] == find_server(bare)


def test_a_kernel_ends_with_its_worker(bare, tmp_path):
    started = tmp_path / "started"
    source = f"import os\nopen({str(started)!r}, 'w').write(str(os.getpid()))\nimport time\ntime.sleep(600)"
    future = run(bare, source, wait=False)
    kernel = wait_for_pid(started)
    (worker,) = bare.pool._processes
    os.kill(worker, signal.SIGKILL)
    assert future.exception(timeout=30)
    wait_until(lambda: not is_running(kernel))
    assert is_running(find_server(bare))


def test_without_its_server_a_chapter_runs_again_in_an_ordinary_kernel(bare, tmp_path):
    started = tmp_path / "started"
    source = (
        "import os, pathlib, time\n"
        f"path = pathlib.Path({str(started)!r})\nagain = path.exists()\npath.write_text(str(os.getpid()))\n"
        "time.sleep(0 if again else 600)\nprint('again', again)"
    )
    future = run(bare, source, wait=False)
    kernel = wait_for_pid(started)
    os.kill(find_server(bare), signal.SIGKILL)
    assert future.result(timeout=60).fault is None
    assert read_printed(read_outputs(tmp_path / "chapter-out.ipynb")) == "again True\n"
    assert not is_running(kernel)
    (worker,) = bare.pool._processes
    assert learn_facts(bare)["parent"] == worker


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("raise SystemExit(1)", id="does not start"),
        pytest.param(
            f"import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n{BARE}\n"
            "warm_server.main()",
            id="has two threads",
        ),
    ],
)
def test_where_the_server_cannot_fork_kernels_are_ordinary(tmp_path, monkeypatch, program):
    monkeypatch.setattr(warm_kernels, "SERVER", ("-c", program))
    with start_kernels(tmp_path) as kernels:
        assert kernels.address
        facts = learn_facts(kernels)
        (worker,) = kernels.pool._processes
        assert facts["parent"] == worker
    assert not list(tmp_path.glob("kernels-*"))


def test_where_the_file_system_has_no_sockets_kernels_are_ordinary(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(warm_kernels, "short_address", refuse)
    with serve_kernels(tmp_path) as environment:
        assert SERVER_ADDRESS not in environment
    assert not list(tmp_path.glob("kernels-*"))


@pytest.mark.parametrize("words", [b"[1]\n", b"{}\n", b"not json\n", b'{"signal": "x"}\n', b'{"arguments": 1}\n'])
def test_what_the_server_does_not_understand_ends_the_connection_only(kernels, words):
    from cvlab.reports.kernels.warm_provisioner import connect

    with connect(Path(kernels.address)) as connection:
        connection.sendall(words)
        assert connection.recv(100) == b""
    assert is_running(find_server(kernels))


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_and_its_kernels_end_with_the_runner(tmp_path, blow):
    started = tmp_path / "started"
    program = f"""
import os, sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from cvlab.reports.kernels import warm_kernels
from cvlab.reports.kernels.warm_provisioner import ask_for_kernel
warm_kernels.SERVER = ("-c", {BARE + "warm_server.main()"!r})
with warm_kernels.serve_kernels(Path({str(tmp_path)!r})) as environment:
    kernel = ask_for_kernel(Path(environment["CVLAB_KERNEL_SERVER"]), [], "/", dict(os.environ))
    Path({str(started)!r}).write_text(str(kernel.pid))
    time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as runner:
        try:
            kernel = wait_for_pid(started)
            (folder,) = tmp_path.glob("kernels-*")
            assert find_processes(str(folder))
        finally:
            runner.send_signal(blow)
    wait_until(lambda: not find_processes(str(folder)))
    wait_until(lambda: not folder.exists())
    assert not is_running(kernel)


def test_the_server_ends_with_the_run_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_kernels, "SERVER", ("-c", f"{BARE}\nwarm_server.main()"))
    with start_kernels(tmp_path) as kernels:
        learn_facts(kernels)
        server, folder = find_server(kernels), Path(kernels.address).parent
        assert folder.is_dir()
    assert not is_running(server)
    assert not folder.exists()
    assert list((tmp_path / "runtime").iterdir()) == []
    with start_kernels(tmp_path):  # as a run does that goes on in the workspace of one that was stopped
        pass


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_many_kernels_one_after_the_other_leave_no_trace(bare, rounds):
    learn_facts(bare)
    server = find_server(bare)
    handles = len(os.listdir(f"/proc/{server}/fd"))
    drawn = set()
    for number in range(rounds):
        if number % 5 == 3:
            outcome, _ = run(bare, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
            assert outcome.fault.kind == "kernel"
        elif number % 10 == 4:
            outcome, _ = run(bare, "while True:\n    pass", timeout_seconds=1)
            assert outcome.fault.kind == "timeout"
        else:
            facts = learn_facts(bare)
            assert facts["parent"] == server
            drawn.add(facts["drawn"][1])
    assert len(drawn) == rounds - len([n for n in range(rounds) if n % 5 == 3 or n % 10 == 4])
    wait_until(lambda: len(os.listdir(f"/proc/{server}/fd")) == handles)
    assert find_processes(str(Path(bare.address).parent)) == [server]
    children = Path(f"/proc/{server}/task/{server}/children")
    assert not children.exists() or not children.read_text("utf-8")  # nor one that nobody has waited for
    assert list((bare.workspace / "runtime").iterdir()) == []


def test_a_server_without_a_run_ends_at_once_and_one_that_is_gone_is_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_kernels, "SERVER", ("-c", f"{BARE}\nwarm_server.main()"))
    with start_server() as server:
        assert server.process.poll() is None
    assert server.process.returncode == -signal.SIGKILL
    with start_server() as server:
        server.process.kill()
        server.process.wait()
        with serve_kernels(tmp_path, server) as environment:
            assert SERVER_ADDRESS not in environment
    assert not list(tmp_path.glob("kernels-*"))
