"""From the bytes of a request to a validated session, and the answer to it."""
