"""The whole way, from what is asked to what happened."""
