"""SVG that only shows: what is left of a picture when nothing in it can act, load or tell where it was made.

Elements and attributes are kept by a list of what a drawing needs; everything else goes: scripts, events, foreign
content, metadata, comments, links and styles that point outside the file. Names within the file are numbered in the
order in which they appear, so that the same drawing gives the same text on every run.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_ELEMENTS = {
    *("svg", "g", "defs", "symbol", "use", "title", "desc", "style", "path", "rect", "circle", "ellipse", "line"),
    *("polyline", "polygon", "text", "tspan", "image", "clipPath", "mask", "marker", "pattern", "linearGradient"),
    *("radialGradient", "stop"),
}
_ATTRIBUTES = {
    *("id", "class", "style", "transform", "viewBox", "preserveAspectRatio", "version", "d", "points", "href"),
    *("x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "fx", "fy", "width", "height"),
    *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"),
    *("stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "color", "display"),
    *("clip-path", "clip-rule", "mask", "marker-start", "marker-mid", "marker-end", "overflow", "visibility"),
    *("font-family", "font-size", "font-style", "font-weight", "text-anchor", "dominant-baseline", "textLength"),
    *("offset", "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "patternUnits"),
    *("patternContentUnits", "patternTransform", "clipPathUnits", "maskUnits", "maskContentUnits", "markerUnits"),
    *("markerWidth", "markerHeight", "refX", "refY", "orient"),
}
_WITHIN = re.compile(r"#[^\s'\")]+")
_INLINE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]+")
_URL = re.compile(r"url\(\s*['\"]?(?P<target>[^'\")]*)['\"]?\s*\)")
# A style that could load something, or hide with an escape that it does.
_LOADS = re.compile(r"@|\\|expression\s*\(|javascript:|image(?:-set)?\s*\(", re.IGNORECASE)


def clean_svg(text: str) -> str:
    """Return an SVG with nothing in it but a drawing; "" where it cannot be read as one.

    Examples
    --------
    >>> clean_svg('<svg xmlns="http://www.w3.org/2000/svg" onload="go()"><script>go()</script><path d="M0 0"/></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" /></svg>'
    """
    # Without entities of its own a file cannot grow as it is read, nor name another file.
    if "<!ENTITY" in text:
        return ""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  no entities
    except (ElementTree.ParseError, ValueError):
        return ""
    if root.tag != f"{{{SVG}}}svg":
        return ""
    names = {name: f"n{number}" for number, name in enumerate(_list_names(root), start=1)}
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    try:
        _clean(root, names)
        return ElementTree.tostring(root, encoding="unicode")
    except RecursionError:  # groups within groups, a thousand deep: no drawing
        return ""


def _list_names(root: ElementTree.Element) -> list[str]:
    return list(dict.fromkeys(name for element in root.iter() if (name := element.get("id"))))


def _clean(element: ElementTree.Element, names: dict[str, str]) -> None:
    for child in list(element):
        if _local_name(child.tag, SVG) in _ELEMENTS:
            _clean(child, names)
        else:
            element.remove(child)
    if _local_name(element.tag, SVG) == "style" and _points_outside(element.text or ""):
        element.text = ""
    kept = {name: cleaned for name, value in element.items() if (cleaned := _clean_value(name, value, names))}
    element.attrib.clear()
    element.attrib.update(kept)


def _clean_value(name: str, value: str, names: dict[str, str]) -> str:
    """Return what may stay of an attribute; "" where nothing may."""
    if name == f"{{{XLINK}}}href" or name == "href":
        if _WITHIN.fullmatch(value):
            return f"#{names[value[1:]]}" if value[1:] in names else ""
        return value if _INLINE.fullmatch(value) else ""
    if name not in _ATTRIBUTES or _points_outside(value):
        return ""
    if name == "id":
        return names[value]
    return _URL.sub(lambda found: f"url(#{names.get(found['target'][1:], 'none')})", value)


def _points_outside(text: str) -> bool:
    return bool(_LOADS.search(text)) or any(not _WITHIN.fullmatch(found["target"]) for found in _URL.finditer(text))


def _local_name(tag: str, namespace: str) -> str:
    return tag.removeprefix(f"{{{namespace}}}") if tag.startswith(f"{{{namespace}}}") else ""
