"""Shards of rows, streams of randomness, and who does the work."""
