"""What people and programs see: pages, JSON, badges and feeds, as paths and bytes."""
