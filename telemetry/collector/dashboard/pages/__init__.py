"""The pages, one a module: each asks for its figures and says in which words they are shown."""
