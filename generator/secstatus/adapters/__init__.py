"""The outside world, in bytes, text and paths; nothing here knows what a finding is."""
