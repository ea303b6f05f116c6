"""JSON API v1: documents, their pydantic models, and OpenAPI."""
