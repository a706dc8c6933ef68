"""Names to things, loaded on use: our own tables, then other packages' entry points of the group `chereme.<table>`."""

import re
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from chereme.errors import SettingsError

TABLES: dict[str, dict[str, str]] = {
    "datasets": {
        "wlasl": "chereme.catalog.wlasl:Wlasl",
        "nslt": "chereme.catalog.nslt:Nslt",
        "msasl": "chereme.catalog.msasl:Msasl",
        "asl_citizen": "chereme.catalog.asl_citizen:AslCitizen",
        "csv": "chereme.catalog.table:Table",
        "folder": "chereme.catalog.folder:Folder",
    },
    "models": {
        "hands": "chereme.landmarks.hands:Hands",
        "face": "chereme.landmarks.face:Face",
        "pose": "chereme.landmarks.pose:Pose",
        "holistic": "chereme.landmarks.holistic:Holistic",
    },
    "runtimes": {
        "openvino": "chereme.landmarks.runtimes:OpenVino",
        "openvino-mixed": "chereme.landmarks.runtimes:openvino_mixed",
        "litert": "chereme.landmarks.runtimes:LiteRt",
        "torch": "chereme.landmarks.torch_runtime:Torch",
        "torch-half": "chereme.landmarks.torch_runtime:torch_half",
    },
    "exports": {
        "arrays": "chereme.exports.arrays:Arrays",
        "augmented": "chereme.exports.augmented:Augmented",
        "clips": "chereme.exports.clips:Clips",
        "crops": "chereme.exports.crops:Crops",
        "huggingface": "chereme.exports.huggingface:HuggingFace",
        "kaggle": "chereme.exports.kaggle:Kaggle",
        "kinetics": "chereme.exports.kinetics:Kinetics",
        "lexicon": "chereme.exports.lexicon:Lexicon",
        "manifest": "chereme.exports.manifest:Manifest",
        "pose": "chereme.exports.pose:Poses",
        "webdataset": "chereme.exports.webdataset:WebDataset",
    },
    "executors": {
        "here": "chereme.run.local:Here",
        "pool": "chereme.run.local:Pool",
        "gpu": "chereme.run.feed:Feed",
        "ray": "chereme.run.cluster:Ray",
    },
    "recognizers": {
        "lstm": "chereme.training.recognizers.lstm:Lstm",
        "hierarchical": "chereme.training.recognizers.hierarchical:Hierarchical",
        "conv-transformer": "chereme.training.recognizers.conv_transformer:ConvTransformer",
        "video": "chereme.training.recognizers.video:Video",
        "hand-image": "chereme.training.recognizers.hand_image:HandImage",
    },
}

SETTINGS = {
    "datasets": "dataset",
    "models": "landmarks",
    "runtimes": "runtime",
    "exports": "export",
    "executors": "executor",
    "recognizers": "recognizer",
}
"""What the setting is called by which a name of each table is chosen."""


def names(table: str) -> list[str]:
    """Every name of a table, ours first, then those that installed packages add."""
    others = sorted({point.name for point in entry_points(group=f"chereme.{table}")} - set(TABLES[table]))
    return [*TABLES[table], *others]


def load(table: str, name: str) -> Any:
    """The class or function that a name stands for; an unknown name is a `SettingsError` with near names."""
    if where := TABLES[table].get(name):
        module, _, attribute = where.partition(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=f"chereme.{table}", name=name):
        return point.load()
    raise SettingsError(f"{SETTINGS[table]}: there is no '{name}'; {suggest(name, names(table))}")


def suggest(name: str, known: list[str]) -> str:
    """'did you mean …?' with near names, else the names there are; for names run together, how several are given."""
    several = [each.strip() for each in name.split(",")]
    if len(several) > 1 and all(each in known for each in several):
        spaced = " ".join(each if re.fullmatch(r"[\w.-]+", each) else f'"{each}"' for each in several)
        return f"several are given one after the other, as {spaced}, and in a recipe as a list"
    near = [each for each in known if each.casefold() == name.casefold()]
    near = near or get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(f"'{each}'" for each in near) + "?"
    shown = ", ".join(known[:12])
    return f"there are: {shown}" + (", …" if len(known) > 12 else "")
