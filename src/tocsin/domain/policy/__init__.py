"""Policy is data: a pack says how severe, how soon, whom to tell, and what must be written afterwards."""
