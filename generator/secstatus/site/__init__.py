"""The published surfaces: pages, JSON, badges and feeds, as paths and bytes."""
