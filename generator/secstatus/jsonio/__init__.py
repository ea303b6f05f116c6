"""Strict JSON of our own files: reading, typed records, values."""
