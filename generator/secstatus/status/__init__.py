"""Where it stands on a day: reading the live status, the grade, day counts, the schedule."""
