"""Plots as inline SVG that follow the page's colors; the same numbers give the same bytes.

No word from data gets here: a plot's text is ours, words from data stand in HTML around it.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

INK = {
    "currentColor": "#010101",
    "var(--line)": "#020202",
    "var(--accent)": "#030303",
    "var(--train)": "#040404",
    "var(--val)": "#050505",
    "var(--test)": "#060606",
    "var(--other)": "#070707",
    "var(--mark)": "#080808",
}
"""What the page calls a color, and the stand-in that the plot is drawn with."""

_STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": INK["var(--line)"],
    "axes.labelcolor": INK["currentColor"],
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": INK["var(--line)"],
    "grid.linewidth": 0.7,
    "text.color": INK["currentColor"],
    "xtick.color": INK["currentColor"],
    "ytick.color": INK["currentColor"],
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 6,
    "font.size": 9,
}
SIZE = 3.4, 1.9
_WIDE = 8.8, 2.4
"""Inches."""
_BINS = 24
_STEPS = 240


def histogram(
    name: str, values: npt.NDArray[np.float64], *, label: str, span: tuple[float, float] | None = None
) -> Markup:
    """How many clips have which value, the median marked; a sentence when all have the same, empty when none has any.

    `span` fixes the axis; without it the rarest 1 % at the upper end share the last bar, which is then said.
    """
    values = values[np.isfinite(values)]
    if not values.size:
        return Markup("")
    if np.ptp(values) <= 1e-6 * max(1.0, abs(float(values[0]))):
        return Markup("<p>all clips: <b>{}</b><br>{}</p>").format(f"{values[0]:.4g}", label)
    low, high = span or _span(values)
    over = int((values > high).sum())
    middle = float(np.median(values))

    def draw(axes: Any) -> None:
        from matplotlib.ticker import MaxNLocator

        axes.hist(np.clip(values, low, high), bins=_BINS, range=(low, high), color=INK["var(--accent)"], rwidth=0.9)
        axes.axvline(np.clip(middle, low, high), color=INK["var(--mark)"], linewidth=1.4)
        axes.set_xlim(low, high)
        axes.set_xlabel(label + (f"; last bar: {over} above" if over else ""))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.set_ylabel("clips")
        whole_numbers(axes)

    alt = (
        f"Histogram of {label}: {values.size} clips, median {middle:.3g}, from {values.min():.3g} to {values.max():.3g}"
    )
    return svg(name, alt, SIZE, draw)


def ranks(name: str, splits: Mapping[str, Sequence[int]]) -> Markup:
    """Clips of each gloss, the glosses side by side in the order given, the splits stacked.

    Of more than `_STEPS` glosses, neighbors share a step as high as their mean.
    """
    glosses = max((len(counts) for counts in splits.values()), default=0)
    if not glosses:
        return Markup("")
    edges = np.unique(np.linspace(0, glosses, min(glosses, _STEPS) + 1).round().astype(np.int64))

    def draw(axes: Any) -> None:
        base = np.zeros(len(edges) - 1)
        for split, counts in splits.items():
            top = base + np.add.reduceat(np.asarray(counts, np.float64), edges[:-1]) / np.diff(edges)
            color = INK.get(f"var(--{split})", INK["var(--other)"])
            axes.stairs(top, edges, baseline=base, fill=True, color=color)
            base = top
        axes.set_xlim(0, glosses)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("glosses, most clips first")
        axes.set_ylabel("clips")
        whole_numbers(axes)

    return svg(name, f"Clips kept of each of {glosses} glosses, stacked by split", _WIDE, draw)


def _span(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    tail = float(np.quantile(values, 0.99))
    if high - low > 2 * (tail - low) > 0:
        high = tail
    if low > 0 and low < 0.5 * high:
        low = 0.0
    return low, high


def whole_numbers(axes: Any) -> None:
    """Ticks at whole numbers alone."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", "\u202f")))


def svg(name: str, alt: str, size: tuple[float, float], draw: Any) -> Markup:
    """A figure as an `<svg>` element whose ids begin with `name`, so that several can share a page."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own style says
        for key, value in {**_STYLE, "svg.hashsalt": name}.items():
            mpl.rcParams[key] = value  # type: ignore[index]  # its stub lists every key
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        width, height = size
        figure.subplots_adjust(left=0.62 / width, right=1 - 0.2 / width, bottom=0.48 / height, top=1 - 0.06 / height)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_inline(file.getvalue(), name, alt))


def _inline(svg: str, name: str, alt: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"\s+", " ", re.sub(r"(\.\d\d)\d+", r"\1", body))
    body = re.sub(r"font-family: [^;\"]*;? ?", "", re.sub(r"font: [^;\"]*", _font, body))
    body = body.replace(' id="', f' id="{name}-').replace('="#', f'="#{name}-').replace("url(#", f"url(#{name}-")
    for color, stand_in in INK.items():
        body = body.replace(stand_in, color)
    start, rest = body.split(">", 1)
    start = re.sub(r' (width|height)="[^"]*"', "", start)  # as wide as there is room
    return start.replace("<svg", f'<svg role="img" aria-label="{alt}" class="plot"', 1) + ">" + rest


def _font(match: re.Match[str]) -> str:
    """The size alone: the family is the page's."""
    found = re.search(r"[\d.]+px", match[0])
    return f"font-size: {found[0]}" if found else ""
