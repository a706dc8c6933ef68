"""Fetching the videos that a dataset names by URL: politely, resumably, and nothing taken for whole that is not."""

from chereme.download.ledger import Row
from chereme.download.progress import Progress, Silent
from chereme.download.reasons import REASONS
from chereme.download.run import download
from chereme.download.settings import Download
from chereme.download.summary import Summary, Tally

__all__ = ["REASONS", "Download", "Progress", "Row", "Silent", "Summary", "Tally", "download"]
