"""What every worker imports: the process whose copies they are imports this module, and nothing else does.

It must stay in one thread, for a fork copies no other: the libraries of linear algebra are told so before they load.
Nothing is imported that opens a connection or starts a thread; what cannot be imported is missed by the worker that
needs it, and explained there.
"""

from __future__ import annotations

import atexit
import os
import shutil
from contextlib import suppress
from importlib import import_module

from cvlab.reports.kernels.execution import ONE_THREAD, SETTINGS
from cvlab.reports.kernels.quick_start import collect_afterwards, start_quickly

MODULES = ("papermill", "cvlab.reports.running.course", "cvlab.reports.kernels.warm_provisioner", "nbconvert.exporters")

if folder := os.environ.pop("CVLAB_WORKERS_FOLDER", ""):
    # Python made it for the socket of this process and removes it, unless the runner is killed. This process ends when
    # the runner and all workers are gone.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
os.environ.update({**SETTINGS, **ONE_THREAD})
with collect_afterwards():
    start_quickly()
    for name in MODULES:
        with suppress(Exception):
            import_module(name)
