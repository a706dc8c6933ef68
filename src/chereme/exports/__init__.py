"""Samples to files for other people's programs: one file a format.

Each writes plainly into the folder it is given, new and empty: whoever asks replaces the old folder by it when all is
written, so no half export is ever seen under its name.
"""
