"""Where senders post: `POST /v1/in/{integration}`, with the integration's key, answered after the commit."""
