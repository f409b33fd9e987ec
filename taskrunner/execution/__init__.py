"""A run on the engine: pure rules decide which step comes next, threads carry the steps out."""
