"""A year of incidents in a second: domain and flows over a virtual clock, with faults from a seed, held to what Tocsin promises.

Everything that happens follows from the seed alone: a run that breaks a promise is played again, event for event, by its number.
"""
