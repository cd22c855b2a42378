"""Pin every package anew: requirements.lock for pip, and environment.yml for conda from the same versions.

`make lock` runs this. The lock is universal (every platform and every Python that pyproject.toml allows), holds a hash
for each file and the build backend too, so that installing needs nothing that is not written down. Packages already in
the lock keep their version unless pyproject.toml no longer allows it; delete the lock first to take the newest of all.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import tomllib
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
ENVIRONMENT = ROOT / "environment.yml"
COMMAND = "make lock"


def read_project() -> dict[str, Any]:
    """Read pyproject.toml: dependencies, build backend and `[tool.cvlab.conda]`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normalise_name(requirement: str) -> str:
    """Reduce a requirement to the package's normalised name: `Jupyter_Server>=2` is `jupyter-server`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    if name is None:
        raise ValueError(f"{requirement!r} does not start with a package name: correct it in pyproject.toml")
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def read_locked_versions(lock: str) -> dict[str, list[str]]:
    """Find each package's versions in the text of a lock; a package may have one per Python, told apart by markers."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE):
        versions.setdefault(normalise_name(name), []).append(version)
    return versions


def compile_lock(project: Mapping[str, Any]) -> None:
    """Resolve with uv, installed for this one call into an environment that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "uv", with_pip=True)
        binaries = home / "uv" / "bin"
        subprocess.run([binaries / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        build = home / "build.in"
        build.write_text("\n".join(project["build-system"]["requires"]) + "\n", encoding="utf-8")
        lowest = project["project"]["requires-python"].removeprefix(">=")
        subprocess.run(
            [
                *(binaries / "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--all-extras"),
                *("--python-version", lowest, "--no-annotate", "--custom-compile-command", COMMAND),
                *("--output-file", LOCK, "pyproject.toml", build),
            ],
            check=True,
            cwd=ROOT,
        )


def write_environment(project: Mapping[str, Any], versions: Mapping[str, Iterable[str]]) -> str:
    """Write the conda environment: what cvlab needs to be built, to run and to be tested, at the versions of the lock.

    `[tool.cvlab.conda]` says which packages conda-forge calls by another name and which come by pip. Where the lock has
    one version per Python, the spec allows each of them and conda picks the one for its Python.
    """
    conda = project["tool"]["cvlab"]["conda"]
    needed = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["test"],
    ]
    names = sorted({normalise_name(requirement) for requirement in needed})
    by_pip = [name for name in names if name in conda["pip-only"]]
    by_conda = [name for name in names if name not in conda["pip-only"]]
    lines = [
        f"# Made by `{COMMAND}` from pyproject.toml and requirements.lock: change those, not this.",
        "# conda env create -f environment.yml && conda activate cvlab",
        "# pip install --no-deps --no-build-isolation -e .",
        "name: cvlab",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python{project['project']['requires-python']}",
        "  - pip",
        *(f"  - {conda['names'].get(name, name)} {'|'.join(f'=={each}' for each in versions[name])}"
          for name in by_conda),
        "  - pip:",
        *(f"      - {name}=={version}" for name in by_pip for version in versions[name]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main() -> None:
    """Remake both files."""
    project = read_project()
    compile_lock(project)
    versions = read_locked_versions(LOCK.read_text(encoding="utf-8"))
    ENVIRONMENT.write_text(write_environment(project, versions), encoding="utf-8")


if __name__ == "__main__":
    main()
