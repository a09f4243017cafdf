"""Scripts: a company's own actions at any moment of a call, decided by pure functions, done once
and under a deadline, and never in the call's way."""
