"""One incident is a log of events; `step` folds it, the projections read it."""
