"""A drawing as SVG for a page: it scales with its container, and names itself to those who cannot see it.

Written from the shapes directly: ReportLab's own SVG takes ten times as long, and a page has a hundred charts.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from reportlab.graphics.shapes import Circle, Drawing, Line, Path, Rect, Shape, String
from reportlab.lib.colors import Color

from portal.core.fonts import printable
from portal.reports.drawing.pen import ACCENT, HAIRLINE, INK, QUIET

BROWSER_FONTS = "system-ui, Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
"""The generic name comes last; the browser takes the first one it has that holds the character."""
_INKS = {"ink": INK, "strong": ACCENT, "quiet": QUIET, "line": HAIRLINE}


def as_svg(drawing: Drawing, title: str, sentence: str) -> str:
    """The drawing as an `<svg>` element to put into a page. TypeError for a shape no chart is made of.

    Colours and fonts are presentation attributes, not inline styles: a strict content security policy lets them
    through. Each shape has classes by its inks, as `chart-fill-strong` or `chart-stroke-line`, so that the style
    sheet can give a dark page other ones.
    """
    named = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_n(drawing.width)} {_n(drawing.height)}",
        "role": "img",
        "class": "chart",
        "aria-label": printable(sentence),
        "stroke-linecap": "round",
    }
    svg = Element("svg", named)
    SubElement(svg, "title").text = printable(title)
    SubElement(svg, "desc").text = printable(sentence)
    for shape in drawing.contents:
        _add(svg, shape, drawing.height)
    return tostring(svg, encoding="unicode")


def _add(svg: Element, shape: Shape, height: float) -> None:
    """Add a shape; ReportLab counts from the foot of the drawing, a page from its head."""
    if isinstance(shape, String):
        place = {"x": _n(shape.x), "y": _n(height - shape.y), "text-anchor": shape.textAnchor}
        font = {"font-family": shape.fontName, "font-size": _n(shape.fontSize)}
        # The browser aligns the text: it alone knows how wide its font is.
        SubElement(svg, "text", {**place, **font, **_inks(shape.fillColor, None)}).text = shape.text
    elif isinstance(shape, Rect):
        place = {"x": _n(shape.x), "y": _n(height - shape.y - shape.height)}
        size = {"width": _n(shape.width), "height": _n(shape.height)}
        SubElement(svg, "rect", {**place, **size, **_inks(shape.fillColor, shape.strokeColor), **_stroke(shape)})
    elif isinstance(shape, Circle):
        place = {"cx": _n(shape.cx), "cy": _n(height - shape.cy), "r": _n(shape.r)}
        SubElement(svg, "circle", {**place, **_inks(shape.fillColor, shape.strokeColor), **_stroke(shape)})
    elif isinstance(shape, Line):
        ends = {"x1": _n(shape.x1), "y1": _n(height - shape.y1), "x2": _n(shape.x2), "y2": _n(height - shape.y2)}
        SubElement(svg, "line", {**ends, **_inks(None, shape.strokeColor), **_stroke(shape)})
    elif isinstance(shape, Path):
        SubElement(
            svg, "path", {"d": _steps(shape, height), **_inks(shape.fillColor, shape.strokeColor), **_stroke(shape)}
        )
    else:
        raise TypeError(f"no chart is made of {type(shape).__name__}")


def _steps(path: Path, height: float) -> str:
    """The way of a path of straight lines: ReportLab's operator 0 begins one, 1 goes on."""
    points = zip(path.points[::2], path.points[1::2], strict=True)
    steps = zip(path.operators, points, strict=True)
    return " ".join(f"{'ML'[operator]}{_n(x)} {_n(height - y)}" for operator, (x, y) in steps)


def _inks(fill: Color | None, stroke: Color | None) -> dict[str, str]:
    written = {"fill": _hex(fill)} if fill is not None else {"fill": "none"}
    if stroke is not None:
        written["stroke"] = _hex(stroke)
    classes = [f"chart-{part}-{_NAMES[color]}" for part, color in written.items() if color in _NAMES]
    return {**written, "class": " ".join(classes)} if classes else written


def _stroke(shape: Shape) -> dict[str, str]:
    if shape.strokeColor is None:
        return {}
    written = {"stroke-width": _n(shape.strokeWidth)}
    if shape.strokeDashArray:
        written["stroke-dasharray"] = " ".join(map(_n, shape.strokeDashArray))
    if isinstance(shape, Path):
        written["stroke-linejoin"] = "round"
    return written


def _hex(color: Color) -> str:
    return f"#{color.hexval()[2:]}"


_NAMES = {_hex(color): name for name, color in _INKS.items()}


def _n(number: float) -> str:
    """A length, to a hundredth of a point."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
