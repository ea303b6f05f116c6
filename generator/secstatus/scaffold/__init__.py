"""What `init` writes: configuration, workflows, README badges, small files. Pure."""
