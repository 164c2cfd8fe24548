"""What people say to each other about an incident: the free text that opens one, and what goes out."""
