"""A change of the working tree that can be undone after a kill."""
