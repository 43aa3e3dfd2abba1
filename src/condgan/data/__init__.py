"""Labelled images: what they are held in, how batches are drawn, and where they come from."""
