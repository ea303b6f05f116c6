"""Is it out: what can fail when a package is published, and what proves that it is."""
