"""Speed and memory, as tables: `python -m tests.bench`, or one item by name."""
