"""Cleaning: what a notebook has put out, made fit for a page that does nothing but show.

What comes out of a chapter is cleaned to harmless tags, so that no name, region or product of the data can bring a
script, a link or a picture from elsewhere; then headings are put under that of the chapter without a gap, numbers are
kept whole, and tables get what those need who move through a page by keyboard or hear it.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_TAGS = [
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
]
_ATTRIBUTES = {"class", "title", "lang", "dir", "colspan", "rowspan", "scope"}
_UNSEEN = re.compile(r"<(script|style|template|iframe|object|svg|math)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
# A sign with up to three letters or signs of a currency after it, and the number: "-€10.71", "−10,71 €", "-CHF 5".
_SIGNED = re.compile(r"(?<!\w)[-\u2212][^\s\d<>&;-]{0,4}[\u00a0\u202f]?\d(?:[\d.,'\u2019\u00a0\u202f]*\d)?%?")
_TAG = re.compile(r"(<[^>]*>)")
_HEADING = re.compile(r"<(/?)h([1-6])\b")
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t([hd]\b[^>]*)>(.*?)</t[hd]>", re.DOTALL)
_HEAD_CELL = re.compile(r"<th\b(?![^>]*\bscope=)")
# Letters in a line of a table on paper, at the sizes of print.css: upright, upright and small, on its side and small.
_FITS = ((105, ()), (130, ("dense",)), (200, ("landscape",)))
_LETTERS_OF_A_GAP = 2.5
_FIRST_RANK = 3  # the page has the first, the chapter's title the second


def clean_html(html: str) -> str:
    """Return HTML with nothing left that could act or load: no script, style, event, form, link or picture.

    Examples
    --------
    >>> clean_html('<p onclick="go()">Sold <script>alert(1)</script><a href="https://example.org">here</a></p>')
    '<p>Sold <a>here</a></p>'
    """
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    cleaner = SanitizeHTML(tags=_TAGS, attributes=_keep_attribute, strip=True)
    return str(cleaner.sanitize_html_tags(_UNSEEN.sub("", html)))


def order_headings(html: str) -> str:
    """Put the headings of a chapter under its title, which is of the second rank, and leave no rank out.

    Examples
    --------
    >>> order_headings("<h1>A</h1><h2>B</h2><h5>C</h5>")
    '<h3>A</h3><h3>B</h3><h4>C</h4>'
    """
    rank = _FIRST_RANK - 1

    def replace(found: re.Match[str]) -> str:
        nonlocal rank
        if not found[1]:
            rank = min(max(_FIRST_RANK, int(found[2]) + 1), rank + 1, 6)
        return f"<{found[1]}h{rank}"

    return _HEADING.sub(replace, html)


def hold_numbers(html: str) -> str:
    """Keep a minus sign and its number on one line: browsers may break after the sign.

    Examples
    --------
    >>> hold_numbers('<p title="-1">from -€10.71 to 5, 2025-01-02</p>')
    '<p title="-1">from <span class="whole">-€10.71</span> to 5, 2025-01-02</p>'
    """
    parts = _TAG.split(html)
    parts[::2] = [_SIGNED.sub(r'<span class="whole">\g<0></span>', text) for text in parts[::2]]
    return "".join(parts)


def frame_tables(html: str, *, where: str) -> str:
    """Put each table into a named box, in which a narrow screen can move it to the side; its head cells get a scope.

    The box of a table that is too wide for paper says so: dense (in small letters), landscape (on a page of its own on
    its side), and crowded where even that needs its words broken.

    Parameters
    ----------
    where : in words, for those who hear the page.

    Examples
    --------
    >>> frame_tables("<table><tr><th>n</th></tr></table>", where="chapter 6")
    '<div class="scroll" tabindex="0" role="group" aria-label="Table 1 of chapter 6"><table><tr><th \
scope="col">n</th></tr></table></div>'
    """
    number = 0

    def frame(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        classes = " ".join(("scroll", *_fit_paper(found[0])))
        box = f'<div class="{classes}" tabindex="0" role="group" aria-label="Table {number} of {where}">'
        return box + _HEAD_CELL.sub('<th scope="col"', found[0]) + "</div>"

    return _TABLE.sub(frame, html)


def _fit_paper(table: str) -> tuple[str, ...]:
    """Return how a table has to be set so that it fits on paper, judged by the letters that cannot be broken."""
    needs = _measure_table(table)
    for letters, classes in _FITS:
        if needs <= letters:
            return classes
    return ("landscape", "crowded")


def _measure_table(table: str) -> float:
    """Return the letters that a line of a table needs at least, its columns' gaps included."""
    widths: dict[int, float] = {}
    for row in _ROW.findall(table):
        for place, (attributes, content) in enumerate(_CELL.findall(row)):
            text = unescape(_TAG.sub("", content))
            parts = [text] if "number" in attributes and not attributes.startswith("h") else text.split()
            widths[place] = max(widths.get(place, 0.0), *map(_measure_text, parts), 0.0)
    return sum(widths.values()) + _LETTERS_OF_A_GAP * len(widths)


def _measure_text(text: str) -> float:
    """Return how wide a text is, in digits."""
    return sum(
        1.9 if unicodedata.east_asian_width(letter) in "WF" or letter in "WMmw@%" else 1.35 if letter.isupper() else 1.0
        for letter in text
    )


def _keep_attribute(tag: str, name: str, value: str) -> bool:
    return name in _ATTRIBUTES or (tag == "a" and name == "href" and value.startswith("#"))
