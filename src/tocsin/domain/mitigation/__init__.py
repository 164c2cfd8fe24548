"""What may be done about an incident, who must agree, and how we know that it helped.

Nothing here acts: a plan is a value that can be shown, hashed, approved, refused and kept.
"""
