"""What happens in an office, one conversation a function, its truth beside it.

The people: Alice, Bob and Carol sell (101..103), Dave and Erin do service (201, 202), Frank is at
the reception (300).
"""
