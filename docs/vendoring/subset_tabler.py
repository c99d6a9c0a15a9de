"""Cut Tabler's style sheet down to the classes our pages may use, for weak phones.

    npm pack @tabler/core && tar xzf tabler-core-*.tgz
    python docs/vendoring/subset_tabler.py package/dist/css/tabler.min.css \
        > static/vendor/tabler-core-1.6.1.subset.MIT.css

A rule stays when every class in its selector belongs to a family below. Colour functions that
older phone browsers do not know (``oklch``, ``light-dark``, ``color-mix``) become plain colours.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FAMILIES = re.compile(
    r"""(container(-fluid|-xl|-narrow)?|row(-cards|-deck)?|col(-auto)?|col-(sm-|md-|lg-|xl-)?(\d+|auto)|col-(sm|md|lg|xl)
    |g[xy]?-[0-5]|card(-(body|header|title|subtitle|footer|actions|table|sm|md|link|options))?
    |btn(-(primary|secondary|outline-primary|outline-secondary|outline-danger|danger|ghost-primary|ghost-secondary|link|sm|lg|icon|list|group|close|check|actions))?
    |form-(control|select|label|text|hint|fieldset|check|check-input|check-label|check-inline|selectgroup|control-sm|select-sm|label-description)
    |input-(group|group-text|icon|icon-addon|group-flat)|required|(in)?valid-feedback|is-(in)?valid
    |table(-(responsive|sm|vcenter|hover|striped|nowrap|bordered|group-divider|borderless|active|mobile-md))?
    |badge|alert(-(success|info|warning|danger|important|title|heading|link|icon|description))?
    |nav(-(link|item|tabs|pills|fill))?|breadcrumb(-(item|arrows))?|progress(-(bar|sm))?
    |list-group(-(item|flush|item-action|hoverable|header))?|list-(unstyled|inline|inline-item|separated|separated-item)
    |page-(header|title|body|pretitle|link|item)|pagination|datagrid(-(item|title|content))?|empty(-(title|subtitle|action|icon))?
    |subheader|small|lead|h[1-6]|icon|active|disabled|show|visually-hidden(-focusable)?|text-(secondary|muted|danger|warning|success|primary|body|reset|end|start|center|nowrap|truncate|break|wrap|decoration-none)
    |bg-(white|light|body|transparent|primary|danger|warning|success|(primary|danger|warning|success|secondary|azure)-lt)
    |d(-(sm|md|lg))?-(none|block|inline|inline-block|flex|inline-flex|grid|print-none|print-block|table-cell)
    |d-print-(none|block)|flex(-(sm|md|lg))?-(row|column|wrap|nowrap|fill|grow-[01]|shrink-[01])
    |gap(-(sm|md|lg))?-[0-5]|(align-(items|self)|justify-content)-(start|end|center|between|around|baseline|stretch)
    |[mp][tbsexy]?(-(md|lg))?-([0-5]|auto)|[wh]-(25|33|50|66|75|100|auto)|fw-(normal|medium|bold|semibold)|fs-[1-6]|lh-(1|sm|base|lg)
    |rounded(-([0-3]|circle|pill|top|bottom))?|border(-(top|end|bottom|start|0|primary|danger|warning))?|shadow(-sm|-none)?
    |position-(relative|absolute|sticky|static)|sticky-top|top-0|end-0|start-0|bottom-0|overflow-(auto|hidden|x-auto)
    |img-fluid|spinner-border(-sm)?|order-(first|last|[0-2])|tabular-nums|font-monospace)$""",
    re.X,
)
UNWANTED = re.compile(
    r"data-bs-theme|data-vc|litepicker|\[dir=|moz-focus|swal|::-webkit-(datetime|inner|outer|file)|theme"
)

# Our colours, where Tabler makes a see-through tint of one of its own; "" is the ink.
RGB = {
    "": "24,38,36",
    "primary": "15,118,110",
    "success": "13,97,72",
    "warning": "217,138,0",
    "danger": "179,38,30",
    "azure": "29,84,128",
    "secondary": "81,98,95",
}


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each top-level rule as (prelude, body); at-rules without a block have an empty body."""
    position = 0
    while position < len(css):
        opening = css.find("{", position)
        semicolon = css.find(";", position)
        if 0 <= semicolon < opening:
            yield css[position:semicolon].strip(), ""
            position = semicolon + 1
            continue
        if opening < 0:
            return
        closing = block_end(css, opening)
        yield css[position:opening].strip(), css[opening + 1 : closing]
        position = closing + 1


def block_end(css: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(css)):
        depth += {"{": 1, "}": -1}.get(css[index], 0)
        if depth == 0:
            return index
    raise ValueError("a block is not closed")


def split_selectors(prelude: str) -> list[str]:
    """The selectors of a list, not cut inside brackets."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(prelude):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(prelude[start:index])
            start = index + 1
    return [*parts, prelude[start:]]


def wanted(selector: str) -> bool:
    if UNWANTED.search(selector):
        return False
    return all(FAMILIES.match(name) for name in re.findall(r"\.([A-Za-z_][\w-]*)", selector))


def subset(css: str) -> str:
    """The rules whose every class is in a family; media queries keep what remains in them."""
    kept = []
    for prelude, body in rules(css):
        if prelude.startswith(("@media", "@supports")):
            if "prefers-color-scheme" not in prelude and (inner := subset(body)):
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@keyframes"):
            if "spinner-border" in prelude:
                kept.append(f"{prelude}{{{body}}}")
        elif not prelude.startswith("@") and any(map(wanted, split_selectors(prelude))):
            selectors = [one for one in split_selectors(prelude) if wanted(one)]
            kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def hexadecimal(match: re.Match[str]) -> str:
    """The sRGB colour nearest to an ``oklch()`` with a per-cent lightness."""
    lightness, chroma, hue = float(match[1]) / 100, float(match[2]), math.radians(float(match[3]))
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{gamma(value):02x}" for value in linear)


def gamma(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    value = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(value * 255)


def plain_colours(css: str) -> str:
    """The style sheet with every call of a newer colour function put into plain colours."""
    for name, plain in (
        ("light-dark(", lambda parts: parts[0]),
        ("color-mix(", mixed),
        ("oklch(from", lambda parts: parts[0].split(")")[0].strip() + ")"),
    ):
        while (start := css.find(name)) >= 0:
            end = closing_bracket(css, start + name.index("("))
            inside = css[start + len(name) : end]
            css = (
                css[:start]
                + plain([part.strip() for part in split_selectors(inside)])
                + css[end + 1 :]
            )
    return css


def closing_bracket(css: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(css)):
        depth += {"(": 1, ")": -1}.get(css[index], 0)
        if depth == 0:
            return index
    raise ValueError("a bracket is not closed")


def mixed(parts: list[str]) -> str:
    """What stands for ``color-mix(in oklab, colour share, other)``: a see-through or the colour."""
    colour, _, share = parts[1].partition(") ")
    colour = f"{colour})" if share else colour
    percent = re.fullmatch(r"([\d.]+)%", share)
    if parts[2] != "transparent" or not percent:
        return colour
    name = re.search(r"--tblr-(\w+)", colour)
    return f"rgba({RGB.get(name[1] if name else '', RGB[''])},{float(percent[1]) / 100:g})"


def without_unused_properties(css: str) -> str:
    """The style sheet without custom properties that nothing reads."""
    used = set(re.findall(r"var\((--[\w-]+)", css))
    declaration = re.compile(r"(?<=[{;])(--[\w-]+):[^;{}]*(;|(?=}))")
    smaller = declaration.sub(lambda m: m[0] if m[1] in used else "", css)
    return css if smaller == css else without_unused_properties(smaller)


def main() -> None:
    css = Path(sys.argv[1]).read_text(encoding="utf-8")
    licence = re.search(r"/\*!.*?\*/", css, re.S)
    body = subset(re.sub(r"/\*.*?\*/", "", css.replace('@charset "UTF-8";', ""), flags=re.S))
    body = re.sub(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)deg\)", hexadecimal, body)
    body = re.sub(r"oklch%28.*?%29", "%2351625f", body)
    body = without_unused_properties(plain_colours(body))
    note = "/* A subset of the classes; made by docs/vendoring/subset_tabler.py. */"
    sys.stdout.write(f"{licence[0] if licence else ''}\n{note}\n{body}\n")


if __name__ == "__main__":
    main()
