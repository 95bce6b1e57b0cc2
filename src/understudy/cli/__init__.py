"""The command: it speaks, and computes nothing."""
