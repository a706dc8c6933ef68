"""What survives a power cut: append-only parts of tracks, and files that appear whole or not at all."""

from chereme.store.index import Keys
from chereme.store.parts import Outcome, Parts
from chereme.store.whole import aside, replace_folder, write_bytes, write_json, write_text

__all__ = ["Keys", "Outcome", "Parts", "aside", "replace_folder", "write_bytes", "write_json", "write_text"]
