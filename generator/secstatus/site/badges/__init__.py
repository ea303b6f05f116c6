"""Badges: SVG and shields.io JSON, and the set that a site publishes."""
