"""PDF: the report as one file to print and to send, made without a browser and without a network.

WeasyPrint lays out what `pages.render_print` has written: a cover with contents and page numbers, each
chapter on a page of its own, bookmarks, and tags by which a reading program finds its way (PDF/UA-1). It is given
nothing but that text: an address that is not a `data:` address is refused. The same text gives the same file.

Assumes the library pango on this machine. Where it is missing one sentence names the package, and the rest of the
report is published all the same.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weasyprint import Document

VARIANT = "pdf/ua-1"
_PACKAGES = {
    "darwin": "brew install pango",
    "win32": "install MSYS2, then pacman -S mingw-w64-x86_64-pango",
    "linux": "apt install libpango-1.0-0 libpangoft2-1.0-0 on Debian or Ubuntu, dnf install pango on Fedora",
}


def write_pdf(html: str, path: Path) -> str | None:
    """Write a PDF, and return None; or write none, and return in one sentence why.

    Parameters
    ----------
    html : the whole document with its style; it may refer to nothing but `data:` addresses.
    path : where to write; its folder is there.
    """
    try:
        document = lay_out(html)
    except (ImportError, OSError) as error:
        return _name_missing(error)
    document.write_pdf(path, pdf_variant=VARIANT)
    return None


def lay_out(html: str) -> Document:
    """Return a document, laid out in pages.

    Raises
    ------
    ImportError, OSError : WeasyPrint or a library of the system that it needs is missing.
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # on what it ignores it would speak to stderr
    return HTML(string=html, url_fetcher=URLFetcher(allowed_protocols={"data"})).render(pdf_variant=VARIANT)


def _name_missing(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"The PDF is left out: the package {error.name} is missing. Install it: pip install weasyprint."
    remedy = _PACKAGES.get(sys.platform, "install pango")
    return f"The PDF is left out: the system library pango is missing. Install it: {remedy}."
