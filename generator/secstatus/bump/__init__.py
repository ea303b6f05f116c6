"""The bump engine: the next version, and every place of the project that states the current one."""
