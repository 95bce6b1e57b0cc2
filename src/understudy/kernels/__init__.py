"""Mathematics on arrays that two engines or more share."""
