"""The steps: read, call the core, write. One file for each command."""
