"""Room of use: what of a site is asked for, counted from access logs, and nothing about anybody."""
