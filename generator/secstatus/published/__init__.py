"""What a published site is: its manifest, its documents, and what a later site must still say."""
