"""From sessions to numbers that may be public: read, count, pool what is small, freeze."""
