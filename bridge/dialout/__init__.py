"""Dialout: calls that people ask for, by a click in a CRM, a callback form or our own HTTP API.

The agent's own phone rings first; when it is taken up the dialplan calls the client. Originate is
sent at most once, whatever happens: a call that nobody waits for any more is worse than none.
"""
