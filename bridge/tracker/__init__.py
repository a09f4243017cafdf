"""Who is talking to whom, and the record built from it. Pure: no clock, socket or logging."""
