"""Alerts: conditions, states and notices."""
