"""The judge: scores of a stand-in beside what real data would score. It never meets the author."""
