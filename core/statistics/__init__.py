"""Statistics that several parts of the project share; numpy and scipy only, no knowledge of faces."""
