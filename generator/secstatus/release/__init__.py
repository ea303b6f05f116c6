"""Whether to release, and why. Pure: statuses, ledger and policy in; decision and notes out."""
