"""How anything of ours leaves this machine by HTTP, and what must not leave in text. Imports nothing of ours."""
