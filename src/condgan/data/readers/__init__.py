"""Readers: each turns one kind of source into images and labels, and `arrays` joins the two."""
