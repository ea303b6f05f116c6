"""Known failures of publishing: a catalogue as data, and its loader."""
