"""The recognizers' settings, one file each; their networks, which need PyTorch, are in `chereme.training.networks`."""
