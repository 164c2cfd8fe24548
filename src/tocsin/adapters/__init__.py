"""Translators: one outside system a module. They import `net`, `flows.ports` and `domain`, and never each other."""
