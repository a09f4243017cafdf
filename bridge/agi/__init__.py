"""Answers to the dialplan over FastAGI: who should get this call, who is calling, a rating."""
