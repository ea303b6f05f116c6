"""What number comes next, and where in the project it is written. Pure."""
