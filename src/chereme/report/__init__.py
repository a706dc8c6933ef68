"""One page that tells what was asked, found, kept, dropped and why: `report.html` of an output folder."""

from chereme.report.evaluation import write_evaluation
from chereme.report.page import write_report

__all__ = ["write_evaluation", "write_report"]
