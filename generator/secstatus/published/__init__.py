"""Reading of a published site: manifest, documents, and continuity with a later site."""
