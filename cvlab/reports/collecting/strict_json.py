"""Strict JSON: a number that is missing is null, and never a word that other readers trip over."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def make_strict(value: Any) -> Any:
    """Return a copy that strict JSON can hold: numbers that are missing or infinite become None."""
    if isinstance(value, Mapping):
        return {str(name): make_strict(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def write_json(value: Any, path: Path) -> None:
    """Write strict JSON: a value that JSON cannot hold is an error, not a word that other readers trip over."""
    path.write_text(json.dumps(value, allow_nan=False, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
