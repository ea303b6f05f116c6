"""Publishing of a package: known failures, checks before it, verification after it."""
