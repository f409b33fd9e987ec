"""Config files in git repositories: fetched once, kept in the state folder, removed when unused."""
