"""The journal: events, probe runs and periods, one JSON object a line."""
