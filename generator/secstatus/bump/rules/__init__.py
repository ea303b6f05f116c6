"""Rules that decide whose version an occurrence states, by kind of file."""
