"""What a person sees: listeners of a run, and words for what went wrong."""
