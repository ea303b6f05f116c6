"""The change log: what is unreleased becomes the section of a version."""
