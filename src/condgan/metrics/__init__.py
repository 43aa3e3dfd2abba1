"""Figures about generated images; a generator is seen only as `sample(labels) -> images`."""
