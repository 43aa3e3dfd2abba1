"""A report as one page that a person can read and mail."""
