"""Generators and discriminators: (noise, label) to images, and (images, label) to logits."""
