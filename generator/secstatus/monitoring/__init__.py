"""Is it well: what happened, how the published site answers, and what somebody has to be told."""
