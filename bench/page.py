# SPDX-License-Identifier: Apache-2.0
"""The page that is written: tables, a plot, and the sections of earlier runs where only some ran.

Each section stands between two markers, so that one can be measured again alone. What notes.md says
is a person's word, and is taken over as it is.
"""

import re

BEGIN, END = "<!-- section {} -->", "<!-- end {} -->"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(head, rows):
    return [row(*head), row(*["---"] * len(head)), *[row(*cells) for cells in rows], ""]


def section(title, note, head, rows, level="##"):
    return [f"{level} {title}", "", note, "", *table(head, rows)]


def times(ratio):
    """A ratio, with as many digits as it deserves."""
    return f"{ratio:.2f}×" if ratio < 2 else f"{ratio:.1f}×"


def verdict(reached):
    return "yes" if reached else "**no**"


def sections_of(text):
    """name -> lines, of a page that was written before."""
    pattern = BEGIN.format(r"(\w+)") + r"\n(.*?)\n" + END.format(r"\1")
    return {name: body.split("\n") for name, body in re.findall(pattern, text, re.DOTALL)}


def page(opening, sections, order, notes):
    lines = ["# Benchmarks", "", *opening, ""]
    for name in order:
        if name in sections:
            body = "\n".join(sections[name]).strip("\n").split("\n")
            lines += [BEGIN.format(name), *body, END.format(name), ""]
    return "\n".join([*lines, *notes]).rstrip() + "\n"


COLORS = ("#2166ac", "#ef8a62", "#b2182b", "#999999")
BAR, GAP, LEFT, WIDTH, TOP = 13, 12, 150, 560, 64


def bars(title, groups, names):
    """An SVG of horizontal bars: groups is [(label, [seconds or None, …])], as many as names."""
    longest = max(value for _, values in groups for value in values if value)
    height = TOP + len(groups) * (len(names) * BAR + GAP) + 10
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 90} {height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-size="14">{title}</text>',
        *legend(names),
    ]
    y = TOP
    for label, values in groups:
        middle = y + len(names) * BAR / 2 + 4
        out.append(f'<text x="{LEFT - 8}" y="{middle:.0f}" text-anchor="end">{label}</text>')
        for value, color in zip(values, COLORS):
            if value:
                width = max(1, WIDTH * value / longest)
                out.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" '
                           f'fill="{color}"/><text x="{LEFT + width + 5:.1f}" y="{y + 9}">'
                           f"{value:.2f}</text>")  # fmt: skip
            y += BAR
        y += GAP
    return "\n".join([*out, "</svg>", ""])


def legend(names):
    for place, (name, color) in enumerate(zip(names, COLORS)):
        x = 10 + place * 110
        yield (
            f'<rect x="{x}" y="34" width="10" height="10" fill="{color}"/>'
            f'<text x="{x + 15}" y="43">{name}</text>'
        )
