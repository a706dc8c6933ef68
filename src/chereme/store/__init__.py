"""What survives a power cut: append-only parts of tracks, files that appear whole or not at all, here or at a URL."""

from chereme.store.depot import Depot, url_of
from chereme.store.index import Keys
from chereme.store.parts import Outcome, Parts
from chereme.store.whole import aside, replace_folder, write_bytes, write_json, write_text

__all__ = [
    "Depot",
    "Keys",
    "Outcome",
    "Parts",
    "aside",
    "replace_folder",
    "url_of",
    "write_bytes",
    "write_json",
    "write_text",
]
