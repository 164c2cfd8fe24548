"""The HTTP API: every verb, as JSON, with problem details (RFC 9457) when the answer is no."""
