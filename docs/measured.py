"""Tables that mkdocs makes from the committed measurements under `benchmarks/`, so that pages say what was measured."""

import json
import statistics
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
PROGRAMS = {"mediapipe": "MediaPipe", "chereme": "chereme"}
MODES = {
    "static": "static",
    "following": "following",
    "sure": "static, presence 0.6",
    "single": "following, `openvino`",
    "faithful": "following, `faithful`",
    "fast": "following, `precision fast`",
    "fast static": "static, `precision fast`",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the tables where a page asks for them; called by mkdocs for each page."""
    for table in (agreement, truth, engine, clips, recognizers, signers, soak, driver, cluster, scale, pixels):
        mark = f"<!-- {table.__name__} -->"
        if mark in markdown:
            markdown = markdown.replace(mark, table())
    return markdown


def agreement() -> str:
    """How far one program finds what another does, model by model."""
    rows = [row for row in _read("parity.json")["agreement"] if row["collection"] == "all"]
    lines: list[str] = []
    for model in dict.fromkeys(row["model"] for row in rows):
        lines += ["", f"### `{model}`", ""]
        lines += ["| part | of what … finds | … finds | finds | matched | median | 95 % | alone |"]
        lines += ["|---|---|---|--:|--:|--:|--:|--:|"]
        for row in (row for row in rows if row["model"] == model):
            lines.append(
                f"| {row['part']} | {_name(row['first'])} | {_name(row['second'])} | {row['found by the first']} "
                f"| {_percent(row['matched'], 1)} | {_percent(row['median'], 2)} "
                f"| {_percent(row['95th percentile'], 1)} | {row['found by the second alone']} |"
            )
    return "\n".join(lines[1:])


def truth() -> str:
    """Hands of drawn signers beside their known joints, mid-sign and whenever they are in the image."""
    lines = ["| program | frames | hands | found | median error | 95 % | side right |", "|---|---|--:|--:|--:|--:|--:|"]
    for row in sorted(_read("parity.json")["error"], key=lambda row: (row["frames"], row["program"])):
        model = row["program"].split("/")[1]
        lines.append(
            f"| {_name(row['program'])}, `{model}` | {row['frames']} | {row['hands']} | {_percent(row['found'], 1)} "
            f"| {_percent(row['median'], 1)} | {_percent(row['95th percentile'], 1)} "
            f"| {_percent(row['side right'], 1)} |"
        )
    return "\n".join(lines)


def engine() -> str:
    """Whole runs over every frame, and the floor."""
    if not (BENCHMARKS / "engine.json").exists():
        return "No run is committed yet: `make bench` writes `benchmarks/engine.json`, and the table is made of it."
    found = _read("engine.json")
    rounds = "one round" if found["rounds"] == 1 else f"medians of {found['rounds']} rounds"
    machine = found["machine"]
    lines = [
        f"{found['clips']} clips, {found['frames']} frames, {rounds}, on {machine['cores']} "
        f"cores of {machine['processor']}, Python {machine['python']}; "
        + ", ".join(f"{name} {number}" for name, number in found["versions"].items())
        + ".",
        "",
        "| program, processes | seconds | frames a second | over decoding and networks |",
        "|---|--:|--:|--:|",
    ]
    over = found["overhead over decoding and networks"]
    for name, taken in found["seconds"].items():
        share = f"+{100 * over[name]:.0f} %" if name in over else ""
        lines.append(f"| {name} | {statistics.median(taken):.1f} | {found['frames a second'][name]} | {share} |")
    return "\n".join(lines)


def recognizers() -> str:
    """Top-1, top-5 and the mean over classes on WLASL's val clips, means over seeds."""
    lines: list[str] = []
    runs = _read("recognizers.json")["runs"]
    for classes in dict.fromkeys(run["classes"] for run in runs):
        here = [run for run in runs if run["classes"] == classes]
        lines += ["", f"### WLASL{classes}", "", f"{here[0]['train']} train clips, {here[0]['val']} val clips.", ""]
        lines += ["| recognizer | seeds | top-1 | top-5 | per class | epochs | seconds an epoch | loading |"]
        lines += ["|---|--:|--:|--:|--:|--:|--:|--:|"]
        for name, start in dict.fromkeys((run["recognizer"], run.get("start", 0)) for run in here):
            rows = [run for run in here if (run["recognizer"], run.get("start", 0)) == (name, start)]
            begun = f", begun with WLASL{start}'s" if start else ""
            ends = sorted(row["val_top1"] for row in rows)
            among = f" ({_percent(ends[0], 1)} to {_percent(ends[-1], 1)})" if len(rows) > 1 else ""
            cells = [f"{name if name == 'kernel ridge' else f'`{name}`'}{begun}", str(len(rows))]
            cells += [_percent(_mean(rows, "val_top1"), 1) + among]
            cells += [_percent(_mean(rows, key), 1) for key in ("val_top5", "val_per_class")]
            if "epochs" in rows[0]:
                cells += [f"{_mean(rows, 'epochs'):.0f}", f"{_mean(rows, 'seconds_an_epoch'):.1f}"]
                cells += [_percent(_mean(rows, "loading"), 0)]
            else:
                cells += ["", "", ""]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines[1:])


def signers() -> str:
    """Top-1 on clips of people who were not trained on."""
    lines = ["| clips | recognizer | seeds | judged | top-1 |", "|---|---|--:|--:|--:|"]
    found = _read("signers.json")
    for key in dict.fromkeys((row["collection"], row["recognizer"], row["start"]) for row in found):
        rows = [row for row in found if (row["collection"], row["recognizer"], row["start"]) == key]
        begun = f", begun with {key[2]}" if key[2] else ""
        ends = sorted(row["top1"] for row in rows)
        among = f" ({_percent(ends[0], 1)} to {_percent(ends[-1], 1)})" if len(rows) > 1 else ""
        top = _percent(_mean(rows, "top1"), 1) + among
        lines.append(f"| {key[0]} | `{key[1]}`{begun} | {len(rows)} | {rows[0]['clips']} | {top} |")
    return "\n".join(lines)


def pixels() -> str:
    """Top-1 of recognizers of clips and of hand images on drawn signers who were not trained on."""
    lines = ["| recognizer | settings | weights | epochs | top-1, val | top-1, test | 95 % | seconds an epoch |"]
    lines += ["|---|---|--:|--:|--:|--:|--:|--:|"]
    for run in _read("clip_recognizers.json")["runs"]:
        settings = ", ".join(f"{name.replace('_', '-')} {value}" for name, value in run["settings"].items())
        cells = [f"`{run['recognizer']}`", settings or "as they are", f"{run['weights']:,}", str(run["epochs"])]
        cells += [_percent(run["val_top1"], 1), _percent(run["test_top1"], 1)]
        cells += ["–".join(f"{100 * end:.1f}" for end in run["interval"]), f"{run['seconds_an_epoch']:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _mean(rows: list[dict[str, Any]], key: str) -> float:
    return statistics.fmean(row[key] for row in rows)


def soak() -> str:
    """Builds with a fault at a seeded moment."""
    if not (BENCHMARKS / "soak.json").exists():
        return "No figures are committed yet: `make soak` writes `benchmarks/soak.json`, and the table is made of it."
    found = _read("soak.json")
    lines = [
        "| fault | runs | came in time | ids lost | doubled | files that differ | left over | ended wrongly |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    figures = ("runs", "struck", "lost", "doubled", "differing", "left over", "otherwise wrong")
    for name, row in (*found["kinds"].items(), ("**all**", found)):
        lines.append(f"| {name} | " + " | ".join(str(row[figure]) for figure in figures) + " |")
    return "\n".join(lines)


def driver() -> str:
    """How many tracks a second one process can take in and write."""
    if not (BENCHMARKS / "ray.json").exists():
        return "No figures are committed yet: `benchmarks/bench_ray.py` writes `benchmarks/ray.json`."
    found = _read("ray.json")
    rates = found["tracks that a driver takes in for a second of its processor time"]
    return (
        f"{rates['ray']} tracks of hands for a second of its processor time, writing them in parts included "
        f"({rates['pool']} from the local pool)."
    )


def cluster() -> str:
    """Ray beside the local pool."""
    if not (BENCHMARKS / "ray.json").exists():
        return "No figures are committed yet: `benchmarks/bench_ray.py` writes `benchmarks/ray.json`."
    found = _read("ray.json")
    ratio = found["Ray's rate over the pool's"]
    lines = [
        f"{found['clips']} clips, {found['rounds']} rounds, {found['workers']} workers each, {_circumstances(found)}.",
        "",
        "| | seconds, median | processor seconds, median | workers at work |",
        "|---|--:|--:|--:|",
    ]
    for name in ("pool", "ray"):
        seconds, had = (statistics.median(found[key][name]) for key in ("seconds", "processor seconds"))
        share = found["share of the time that workers work"][name]
        lines.append(f"| `{name}` | {seconds:.1f} | {had:.1f} | {_percent(share, 0)} |")
    lines += [
        "",
        f"Ray's rate is {ratio['median']:.2f} of the pool's (median of the rounds' ratios, "
        f"{min(ratio['rounds']):.2f} to {max(ratio['rounds']):.2f}). Its processor time is {found[_SPENT]['all']:.2f} "
        f"of the pool's, and {found[_SPENT]['busy']:.2f} without what its own processes take by the clock, "
        f"{found['processor seconds a second of an idle Ray']:.2f} of a core when there is nothing to do.",
    ]
    return "\n".join(lines)


_SPENT = "Ray's processor time over the pool's"


def _circumstances(found: dict[str, Any]) -> str:
    return (
        f"on {found['machine']['cores']} cores that others used as well (load {found['load'][0]:.0f}), "
        f"Ray {found['versions']['ray']}"
    )


def scale() -> str:
    """One process over catalogs of several sizes, step by step."""
    found = _read("scale.json")
    lines = ["| entries | step | seconds of the processor | seconds | MB at most |", "|--:|---|--:|--:|--:|"]
    for entries, steps in sorted(found.items(), key=lambda item: int(item[0])):
        for step, told in steps.items():
            if not step.startswith("make "):
                processor, wall = told["of the processor"], told["seconds"]
                lines.append(f"| {int(entries):,} | {step} | {processor:.1f} | {wall:.1f} | {told['MB']} |")
    return "\n".join(lines)


def clips() -> str:
    """Clips cut, beside one ffmpeg process a clip."""
    if not (BENCHMARKS / "clips.json").exists():
        return "No run is committed yet: `benchmarks/bench_clips.py` writes `benchmarks/clips.json`."
    found = _read("clips.json")
    machine, versions = found["machine"], found["versions"]
    lines = [
        f"{found['clips']} clips, {found['frames']} frames, medians of {found['rounds']} rounds, chereme with "
        f"{found['workers']} workers, on {machine['cores']} cores of {machine['processor']}, load {found['load']}; "
        + ", ".join(f"{name} {number}" for name, number in versions.items())
        + ".",
        "",
        "| program | clips a second | … of processors | times as fast | … by processors | MB | SSIM |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, rate in found["clips a second"].items():
        of_processors = found["clips a processor second"][name]
        times = [found[kind].get(name, "") for kind in ("times as fast", "times as fast, by processor seconds")]
        left = [
            f"{found['bytes'][name] / 1e6:.2f}" if name in found["bytes"] else "",
            f"{found['ssim'][name]:.4f}" if name in found["ssim"] else "",
        ]
        lines.append("| " + " | ".join(map(str, (name, rate, of_processors, *times, *left))) + " |")
    return "\n".join(lines)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCHMARKS / name).read_text("utf-8"))
    return found


def _name(key: str) -> str:
    program, _, mode = key.split("/")
    return f"{PROGRAMS[program]} {MODES[mode]}"


def _percent(share: float | None, digits: int) -> str:
    return "" if share is None else f"{100 * share:.{digits}f} %"
