"""All that a run imports, for the process that runs are forked off; pyarrow imports pandas where it is there."""

import av
import cv2
import openvino
import pandas
import pyarrow.dataset
import pyarrow.parquet

import chereme.cli.commands
import chereme.report.page
import chereme.run.stages
import chereme.run.tracks
import chereme.store.merge
import tests.faults.driver

__all__ = ["av", "chereme", "cv2", "openvino", "pandas", "pyarrow", "tests"]
