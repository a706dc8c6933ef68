"""All that is PyTorch from its first line: imported by functions alone, so that the rest works without it."""
