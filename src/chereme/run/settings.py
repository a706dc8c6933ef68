"""The settings of a whole run: a field here is a flag, and a key of a recipe."""

from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from chereme.bounds import require
from chereme.catalog.choose import Choose
from chereme.catalog.folder import Folder
from chereme.catalog.msasl import Msasl
from chereme.catalog.nslt import Nslt
from chereme.catalog.splits import Splits
from chereme.catalog.table import Table
from chereme.catalog.wlasl import Wlasl
from chereme.errors import SettingsError
from chereme.exports.arrays import Arrays
from chereme.exports.augmented import Augmented
from chereme.exports.clips import Clips
from chereme.exports.crops import Crops
from chereme.exports.huggingface import HuggingFace
from chereme.exports.kaggle import Kaggle
from chereme.exports.kinetics import Kinetics
from chereme.exports.lexicon import Lexicon
from chereme.exports.manifest import Manifest
from chereme.exports.pose import Poses
from chereme.exports.webdataset import WebDataset
from chereme.frames.probe import Limits as VideoLimits
from chereme.landmarks.face import Face
from chereme.landmarks.hands import Hands
from chereme.landmarks.holistic import Holistic
from chereme.landmarks.pose import Pose
from chereme.plugins import TABLES, load
from chereme.samples.refine import Refine
from chereme.sources import Limits as FileLimits
from chereme.store import url_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which clips: a dataset, where its videos may be, and which of its glosses and splits."""

    dataset: str = "wlasl"
    """The form of the metadata: wlasl, nslt, msasl, asl_citizen, csv, folder, or a name that another package adds."""
    metadata: Path | None = None
    """The dataset's metadata file; for `folder` the videos folder itself."""
    videos: tuple[Path, ...] = ()
    """Folders and zip archives to look for videos in."""
    limit: int = 0
    """At most this many clips a split, those that exist first; 0: all. For a quick try."""
    labels: Literal["sorted", "official"] = "sorted"
    """Label numbers by sorted gloss, as ImageFolder numbers its folders, or in the dataset's own order."""
    choose: Choose = field(default_factory=Choose)
    splits: Splits = field(default_factory=Splits)
    files: FileLimits = field(default_factory=FileLimits)
    video: VideoLimits = field(default_factory=VideoLimits)
    wlasl: Wlasl = field(default_factory=Wlasl)
    nslt: Nslt = field(default_factory=Nslt)
    msasl: Msasl = field(default_factory=Msasl)
    csv: Table = field(default_factory=Table)
    folder: Folder = field(default_factory=Folder)

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise SettingsError(f"limit is a number of clips, or 0 for all, not {self.limit}")

    @property
    def holding(self) -> tuple[Path, ...]:
        """The folders and archives that hold the videos."""
        return self.videos or ((self.metadata,) if self.dataset == "folder" and self.metadata else ())

    def spec(self, table: str, name: str) -> Any:
        """The settings of a thing by its name, ours or another package's with its own defaults."""
        made = load(table, name)
        if name not in TABLES[table]:
            return made()
        # By type, since the landmark model `pose` is the section `body`: `pose` is that of the export of this name.
        ours = (getattr(self, each.name) for each in fields(self))
        return next((each for each in ours if type(each) is made), None) or made()


@dataclass(frozen=True, slots=True, kw_only=True)
class Build(Asked):
    """From videos and metadata to files that one can train on."""

    out: Path | None = None
    """The output folder, here or at a URL (s3://bucket/folder); the same command on it goes on where it stopped."""
    scratch: Path | None = None
    """A folder for the working copy of an output folder at a URL while a run lasts; by default in the user's cache. On
    a cluster it must be one that all nodes have, where videos lie in archives or clips are cut."""
    export: tuple[str, ...] = ("arrays", "crops", "manifest")
    """What to make: arrays, augmented, clips, crops, huggingface, kaggle, kinetics, lexicon, manifest, pose,
    webdataset, or a name that another package adds."""
    landmarks: str = "hands"
    """What to track: hands, pose (settings: body), face, holistic, or a name that another package adds."""
    executor: str | None = None
    """Who works: pool (spawned processes), gpu (spawned processes that decode for others with the networks), ray (the
    nodes of a Ray cluster) or here (this process, which a video that crashes its decoder takes down); by default gpu
    for hands on a device other than cpu, else pool."""
    address: str = ""
    """Of the Ray cluster, as host:port; by default the one that RAY_ADDRESS names or that runs on this machine, else
    one of its own."""
    device: str = "cpu"
    """Where the networks run: cpu, or cuda for a GPU, which wants the runtime torch of the landmarks."""
    workers: int = 0
    """Processes; 0 takes one a core, of all nodes that the cluster has if it is one."""
    timeout: float = 3600.0
    """Seconds that one clip may take in one stage; then its worker is ended and the clip rejected. 0: no limit. Holds
    for workers in processes of their own, not for `here`."""
    memory: float = 8.0
    """Gigabytes (10⁹ bytes) that a worker may hold; one that holds more is ended, and the clip tried once more in a
    fresh one, then rejected. 0: no limit. Holds as the timeout does, on Linux."""
    only: Literal["acquire", "extract", "deliver"] | None = None
    """Up to one stage: acquire finds files, extract makes tracks; deliver makes exports of tracks that are there."""
    report: bool = True
    """Write `report.html` when exports are made."""
    dry_run: bool = False
    """Only say what would be done: clips, frames to decode, time and disk."""
    retry: tuple[str, ...] = ()
    """Reasons to try again, of clips rejected while extracting, and of those left out of exports."""
    hands: Hands = field(default_factory=Hands)
    face: Face = field(default_factory=Face)
    body: Pose = field(default_factory=Pose)
    holistic: Holistic = field(default_factory=Holistic)
    refine: Refine = field(default_factory=Refine)
    arrays: Arrays = field(default_factory=Arrays)
    augmented: Augmented = field(default_factory=Augmented)
    clips: Clips = field(default_factory=Clips)
    crops: Crops = field(default_factory=Crops)
    huggingface: HuggingFace = field(default_factory=HuggingFace)
    kaggle: Kaggle = field(default_factory=Kaggle)
    kinetics: Kinetics = field(default_factory=Kinetics)
    manifest: Manifest = field(default_factory=Manifest)
    pose: Poses = field(default_factory=Poses)
    lexicon: Lexicon = field(default_factory=Lexicon)
    webdataset: WebDataset = field(default_factory=WebDataset)

    def __post_init__(self) -> None:
        Asked.__post_init__(self)
        require(self, ("workers", "timeout", "memory"), lambda value: value >= 0, "must be 0 or above")
        if self.out and self.out.resolve() in {place.resolve() for place in self.holding}:
            raise SettingsError(
                f"--out {self.out} is where the videos lie, and clips made there would count as more of them; "
                "name a new folder"
            )


def spelled(value: Any) -> str:
    """A setting as it is written: a path that is a URL as one."""
    return (url_of(value) if isinstance(value, Path) else None) or str(value)


def differing(settings: Any, section: str = "") -> dict[str, str]:
    """The settings that are not at their defaults, as flags: {"crops.size": "160"}."""
    found: dict[str, str] = {}
    default = type(settings)()
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            found |= differing(value, f"{section}{each.name}.")
        elif value != getattr(default, each.name):
            words = ", ".join(map(str, value)) if isinstance(value, tuple) else spelled(value)
            found[section + each.name.replace("_", "-")] = words
    return found
