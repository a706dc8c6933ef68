"""Tracks to what one trains on: quality, trimming, repair, normalization, sequences of fixed length."""
