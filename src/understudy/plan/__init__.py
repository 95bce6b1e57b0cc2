"""The plan: what is asked, column by column."""
