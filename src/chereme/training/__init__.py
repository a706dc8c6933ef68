"""Learning from what was exported; needs the extra `train`."""
