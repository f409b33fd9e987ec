"""The few elements of SVG that charts are made of. Colours and fonts are the style sheet's, by class."""

from collections.abc import Iterable
from html import escape

__all__ = ["drawing", "element", "line", "number", "path", "rect", "text"]


def number(value: float) -> str:
    """Return a coordinate with one digit after the point at most."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, *content: str, **attributes: str | float) -> str:
    """Return an element; `class_` stands for `class`, and _ for - in the names of attributes."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def drawing(
    width: float, height: float, parts: Iterable[str], *, title: str, description: str, class_: str = ""
) -> str:
    """Return a whole drawing, which a screen reader reads as its title and description."""
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {number(width)} {number(height)}",
        class_=f"chart {class_}".strip(),
        role="img",
        aria_label=f"{title} {description}",
    )


def text(x: float, y: float, content: str, class_: str = "label", anchor: str = "start") -> str:
    """Return a line of text, whose end or middle can be the anchor."""
    return element("text", escape(content), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str, tip: str = "", r: float = 0) -> str:
    """Return a rectangle; `tip` is shown when a pointer rests on it."""
    inside = (element("title", escape(tip)),) if tip else ()
    return element(
        "rect", *inside, x=x, y=y, width=max(0.0, width), height=max(0.0, height), rx=r, class_=class_
    )


def path(points: Iterable[tuple[float, float]], class_: str) -> str:
    """Return a line through points."""
    steps = [f"{number(x)} {number(y)}" for x, y in points]
    return element("path", d="M" + " L".join(steps), class_=class_)


def _value(value: str | float) -> str:
    return escape(value, quote=True) if isinstance(value, str) else number(value)
