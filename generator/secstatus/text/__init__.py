"""Text rules shared by all rooms: globs, file names, redaction."""
