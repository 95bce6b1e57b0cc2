"""What must hold between the columns of a table, and how columns follow from others."""
