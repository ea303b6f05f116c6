"""Where the project defines its version."""
