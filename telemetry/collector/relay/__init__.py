"""The relay: a company's single way out. Sessions stay inside; what its policy allows goes on."""
