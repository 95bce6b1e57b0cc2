"""Models: what users hold, save and sample."""
