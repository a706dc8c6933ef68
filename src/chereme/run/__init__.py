"""Who does the work, when, and what is left to do: the whole walk from metadata to training-ready files."""
