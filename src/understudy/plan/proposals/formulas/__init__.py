"""Searches for columns that others give: formulas, dates, copies, orders."""
