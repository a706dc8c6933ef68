"""Learning curves: the history of a run as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from chereme.store import aside

TRAIN, VAL = "#b8722c", "#0f766e"


def draw_curves(rows: Sequence[Mapping[str, float]], path: Path) -> Path:
    """A PNG: loss, and accuracy with its best epoch, of both splits over the epochs, and the learning rate."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    losses, shares, rates = figure.subplots(1, 3)
    for axes, name, label, color in (
        (losses, "train_loss", "train, augmented", TRAIN),
        (losses, "val_loss", "val", VAL),
        (shares, "train_top1", "train, augmented", TRAIN),
        (shares, "val_top1", "val, top-1", VAL),
        (shares, "val_top5", "val, top-5", "#7fb8b3"),
        (rates, "rate", "learning rate", "#555555"),
    ):
        known = [row for row in rows if name in row]
        if known:
            percent = 100 if axes is shares else 1
            axes.plot([r["epoch"] for r in known], [percent * r[name] for r in known], color=color, label=label)
    judged = [row for row in rows if "val_top1" in row]
    if judged:
        best = max(judged, key=lambda row: (row["val_top1"], -row["val_loss"]))
        shares.plot(best["epoch"], 100 * best["val_top1"], "o", color=VAL)
        shares.set_title(f"accuracy: val {100 * best['val_top1']:.1f} % in epoch {best['epoch']:.0f}", fontsize=10)
    else:
        shares.set_title("accuracy", fontsize=10)
    losses.set_title("loss", fontsize=10)
    rates.set_title("learning rate", fontsize=10)
    shares.set_ylabel("%")
    shares.set_ylim(0, 100)
    for axes in (losses, shares, rates):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in (losses, shares):
        if axes.lines:
            axes.legend(frameon=False, fontsize=8)
    with aside(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})
    return path
