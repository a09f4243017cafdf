"""Scripts: what they decide, how they run, and what a real call notices of it."""
