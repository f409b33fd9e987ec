"""What is wrong with this machine or this project, and what to do: small checks, one module a topic."""
