"""Values as codes of two small digits, and back."""
