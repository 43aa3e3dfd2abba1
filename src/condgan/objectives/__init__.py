"""What a player plays for: turns, and the losses that score them."""
