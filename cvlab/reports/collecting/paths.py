"""Paths of the machine that ran a report: replaced by names in everything that is published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ABSOLUTE_PATH = re.compile(r"(?<![\w/.])(?:/[\w.@+-]+){2,}/?|\b[A-Za-z]:\\[^\s'\"<>]+")


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Paths of this machine and what stands for them in what is published."""

    names: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> Paths:
        """Put the longest first, so that a folder inside another keeps its own name."""
        return cls(names=tuple(sorted(names.items(), key=lambda pair: -len(pair[0]))))

    def strip(self, text: str) -> str:
        """Replace the known paths by their names, and cut any other absolute path to its last part."""
        for path, name in self.names:
            text = text.replace(path, name)
        return _ABSOLUTE_PATH.sub(lambda found: re.split(r"[\\/]", found[0].rstrip("\\/"))[-1], text)

    def strip_known(self, value: Any) -> Any:
        """Replace the known paths in every text of a JSON value."""
        if isinstance(value, str):
            for path, name in self.names:
                value = value.replace(path, name)
            return value
        if isinstance(value, dict):
            return {self.strip_known(name): self.strip_known(item) for name, item in value.items()}
        return [self.strip_known(item) for item in value] if isinstance(value, list) else value
