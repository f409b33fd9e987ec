"""Config files: YAML with positions, decoded into the model, every problem reported at once."""
