"""Random conversations belong to `make torture` alone: what they find comes once in many hours."""

import os

collect_ignore = [] if os.environ.get("TORTURE") else ["test_walks.py"]
