"""Access to files, git, the network and processes. Independent of the security domain."""
