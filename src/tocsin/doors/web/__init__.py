"""Pages for people, rendered on the server; every verb works without JavaScript."""
