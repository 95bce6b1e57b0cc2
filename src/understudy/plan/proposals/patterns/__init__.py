"""Searches in categories, flags, codes and gaps."""
