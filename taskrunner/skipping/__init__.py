"""What need not be done again: digests of what goes into an image or a task, and what was made of it."""
