"""A first config for a folder: from what lies there, or from nothing."""
