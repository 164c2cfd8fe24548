"""What alerts say: their identity, their state over time, the rules by which our own monitors raise them, and whom they concern.

Whom they concern is data: routes, silences, inhibitions, maintenance, limits; `explain` asks all of them and says why.
"""
