"""The FastAGI server: what it is asked, what it answers, and what it survives."""
