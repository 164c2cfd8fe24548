"""How our own monitors look at a service: one kind of look a module, each giving a sample and judging nothing."""
