"""Charts as SVG: each takes numbers and returns a drawing, which a table beside it repeats in text."""
