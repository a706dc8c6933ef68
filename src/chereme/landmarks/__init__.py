"""Pixels to points: network weights, the runtimes that compute them, geometry, following, and the models."""
