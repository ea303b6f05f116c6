"""The commands: options, run, result; one file or folder each."""
