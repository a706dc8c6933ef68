"""Shards as the library webdataset reads them."""

import gc
import warnings
from pathlib import Path
from typing import Any

import webdataset


def read_shard(path: Path) -> list[dict[str, Any]]:
    """The samples of a shard, decoded by the library's own rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library leaves closing its files to the collector
        items = list(webdataset.WebDataset(str(path), shardshuffle=False).decode())
        gc.collect()
    return items
