"""Engines: one file a method, codes to codes."""
