"""The lock holds everything with hashes and names no address; the conda environment says the same as the lock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.lock import read_locked_versions, write_environment

# Where a requirement with a marker must hold: the machines cvlab supports.
MACHINES = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.6", "sys_platform": system, "os_name": "posix"}
    for minor in (11, 12, 13, 14)
    for system in ("linux", "darwin")
]


@pytest.fixture(scope="module")
def project(checkout: Path) -> dict[str, Any]:
    return tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lock_text(checkout: Path) -> str:
    return (checkout / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lock(lock_text: str) -> list[tuple[Requirement, list[str]]]:
    """Each entry of the lock: the requirement, and its hashes."""
    joined = lock_text.replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(Requirement(line.split("--hash")[0].strip()), re.findall(r"--hash=(\S+)", line)) for line in entries]


@pytest.fixture(scope="module")
def environment(checkout: Path) -> dict[str, Any]:
    return yaml.safe_load((checkout / "environment.yml").read_text(encoding="utf-8"))


def run_make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a terminal, also when these tests run under `make test`."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=folder, env=surroundings, capture_output=True, text=True)


def direct_requirements(project: dict[str, Any], *extras: str) -> list[Requirement]:
    optional = project["project"]["optional-dependencies"]
    listed = [*project["project"]["dependencies"], *(each for extra in extras or optional for each in optional[extra])]
    return [Requirement(each) for each in listed]


def versions_for(lock: list[tuple[Requirement, list[str]]], name: str, machine: dict[str, str]) -> list[str]:
    return [
        str(entry.specifier).removeprefix("==")
        for entry, _ in lock
        if canonicalize_name(entry.name) == canonicalize_name(name)
        and (entry.marker is None or entry.marker.evaluate(machine))
    ]


def test_every_entry_of_the_lock_is_one_version_with_hashes(lock: list[tuple[Requirement, list[str]]]) -> None:
    assert len(lock) > 100
    for entry, hashes in lock:
        assert re.fullmatch(r"==[^,*]+", str(entry.specifier)), entry
        assert entry.url is None, entry
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), entry


def test_the_lock_names_no_address_and_takes_no_options(lock_text: str) -> None:
    assert "://" not in lock_text
    for line in lock_text.splitlines():
        assert re.match(r"#|[A-Za-z0-9]|    (--hash=|#)", line), line


def test_the_lock_satisfies_what_the_project_asks_for_on_every_machine(
    project: dict[str, Any], lock: list[tuple[Requirement, list[str]]]
) -> None:
    build = [Requirement(each) for each in project["build-system"]["requires"]]
    for requirement in [*build, *direct_requirements(project)]:
        for machine in MACHINES:
            if requirement.marker is None or requirement.marker.evaluate(machine):
                versions = versions_for(lock, requirement.name, machine)
                assert len(versions) == 1, (requirement, machine, versions)
                assert Version(versions[0]) in requirement.specifier, (requirement, versions)


def test_the_build_backend_is_in_the_lock(project: dict[str, Any], lock: list[tuple[Requirement, list[str]]]) -> None:
    backend = project["build-system"]["build-backend"].partition(".")[0]
    assert canonicalize_name(backend) in {canonicalize_name(entry.name) for entry, _ in lock}


def test_every_conda_spec_is_a_version_of_the_lock(
    project: dict[str, Any], lock: list[tuple[Requirement, list[str]]], environment: dict[str, Any]
) -> None:
    conda = project["tool"]["cvlab"]["conda"]
    original = {theirs: ours for ours, theirs in conda["names"].items()}
    by_pip = next(item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    by_conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    assert by_conda[:2] == [f"python{project['project']['requires-python']}", "pip"]

    held = {}
    for spec in by_conda[2:]:
        name, versions = spec.split(" ")
        held[original.get(name, name)] = {each.removeprefix("==") for each in versions.split("|")}
    for spec in by_pip:
        name, version = spec.split("==")
        assert name in conda["pip-only"]
        held[name] = {version}

    build = [Requirement(each) for each in project["build-system"]["requires"]]
    wanted = {canonicalize_name(each.name) for each in [*build, *direct_requirements(project, "test")]}
    assert set(held) == wanted
    for name, versions in held.items():
        assert versions == {version for machine in MACHINES for version in versions_for(lock, name, machine)}, name


def test_the_conda_environment_is_what_make_lock_writes(
    checkout: Path, project: dict[str, Any], lock_text: str
) -> None:
    written = (checkout / "environment.yml").read_text(encoding="utf-8")
    assert written == write_environment(project, read_locked_versions(lock_text)), "run `make lock`"
    assert "://" not in written


def test_the_mapping_of_conda_names_names_only_what_the_project_needs(project: dict[str, Any]) -> None:
    conda = project["tool"]["cvlab"]["conda"]
    direct = {canonicalize_name(each.name) for each in direct_requirements(project, "test")}
    assert {*conda["names"], *conda["pip-only"]} <= direct
    assert not set(conda["names"]) & set(conda["pip-only"])


def test_what_conda_users_type_needs_nothing_from_elsewhere(checkout: Path) -> None:
    install = "pip install --no-deps --no-build-isolation -e ."
    for name in ("README.md", "environment.yml"):
        assert install in (checkout / name).read_text(encoding="utf-8"), name


def test_help_is_the_default_and_lists_every_target(checkout: Path) -> None:
    makefile = (checkout / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)[1].split()
    assert targets == ["help", "setup", "lab", "report", "test", "test-all", "check", "bench", "docs", "lock", "clean"]
    done = run_make(checkout)
    assert done.returncode == 0
    assert re.findall(r"^  ([a-z-]+) +\S", done.stdout, flags=re.MULTILINE) == targets


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('case "$1" in -V) echo "Python 3.9.2" ;; *) exit 1 ;; esac', r"3\.11 or later, and .* is Python 3\.9\.2"),
        ('case "$2" in *ensurepip*) exit 1 ;; esac', "cannot make environments: install its venv module"),
        (None, r"3\.11 or later, and .* is not on the PATH"),
    ],
    ids=["too old", "without venv", "none"],
)
def test_set_up_says_what_python_it_needs(checkout: Path, tmp_path: Path, script: str | None, message: str) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(checkout / name, tmp_path)
    python = tmp_path / "python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        python.chmod(0o755)
    done = run_make(tmp_path, f"PYTHON={python}", "report")
    assert done.returncode != 0
    assert re.search(message, done.stderr)
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_the_very_commands_of_the_readme_and_ends_with_the_tests(checkout: Path) -> None:
    script = (checkout / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line.partition("#")[0].strip() for line in script.splitlines() if line.startswith("make ")]
    assert commands == ["make check", "make test"]
    assert script.rstrip().splitlines()[-1].startswith("make test")
    assert "\nmake test " in (checkout / "README.md").read_text(encoding="utf-8")
