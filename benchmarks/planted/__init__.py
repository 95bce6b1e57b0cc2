"""Tables with planted rules, and the judge of proposals that are to find them."""
