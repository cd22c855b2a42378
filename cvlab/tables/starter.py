"""A folder to start from: a commented product_line.yaml and one header line per table that a purpose needs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cvlab.checks import check_one_of
from cvlab.errors import ParameterError
from cvlab.tables.declaration import Table
from cvlab.tables.schema import TABLES
from cvlab.tables.settings import FILE_NAME, KEYS

PURPOSES = ("pricing", "segments", "retention", "all")


def start_product_line(folder: Path, *, purpose: str = "all") -> list[Path]:
    """Write the files of a new product line and return their paths; nothing that exists is overwritten.

    Parameters
    ----------
    folder : made if it is not there; must otherwise be empty of the files to be written.
    purpose : one of `PURPOSES`; decides which tables get a file.

    Raises
    ------
    ParameterError : the purpose is unknown, the folder is a file, or one of the files exists; nothing is written then.
    """
    check_one_of(purpose, PURPOSES, "purpose")
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{str(folder)!r} is a file: give a folder")
    tables = [table for table in TABLES.values() if purpose == "all" or purpose in table.purposes]
    texts = {FILE_NAME: _write_settings(folder.resolve().name, tables)}
    texts |= {f"{table.name}.csv": ",".join(table.column_names) + "\n" for table in tables}
    taken = [name for name in texts if (folder / name).exists()]
    taken += [f"{table.name}.parquet" for table in tables if (folder / f"{table.name}.parquet").exists()]
    if taken:
        raise ParameterError(f"{str(folder)!r} has {', '.join(taken)} already: give a new folder, nothing was written")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # All files are made beside the folder and moved in one by one, so that a full disk leaves nothing half-written.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".cvlab-new-") as workshop:
        for name, text in texts.items():
            (Path(workshop) / name).write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        return [(Path(workshop) / name).rename(folder / name) for name in texts]


def _write_settings(name: str, tables: list[Table]) -> str:
    lines = [
        "# What cvlab knows about this product line. Only name and currency are required; take the # away from a key",
        "# to use it. `cvlab check` on this folder lists whatever is missing or wrong.",
        "",
    ]
    for key, declared in KEYS.items():
        # The folder's own name is a better start than an invented one; JSON quoting is valid YAML for any text.
        value = _quote(name) if key == "name" else declared.example
        lines += [f"# {declared.meaning}", f"{'' if declared.required else '# '}{key}: {value}", ""]
    lines += ["# The tables beside this file. Fill them, or delete those you do not have (customers must stay).", "#"]
    for table in tables:
        lines += [f"# {table.name}.csv: one row is {table.row}."]
        lines += [
            f"#   {column.name}{'' if column.required else ' (optional)'}: {column.meaning}" for column in table.columns
        ]
        if table.free is not None:
            lines += [f"#   further columns, one per {table.free.label}: {table.free.meaning}"]
        lines += ["#"]
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
