"""The public pages: what was published, drawn on the server, for readers without JavaScript."""
