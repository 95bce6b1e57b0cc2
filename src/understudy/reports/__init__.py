"""The report: what the judge found, in words and pictures that may be shared."""
