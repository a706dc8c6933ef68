"""Recognizing signs while they are made: a camera or a film, in the terminal or on a page; the specs of training."""
