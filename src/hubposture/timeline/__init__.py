"""What happened to a resource: recorded configurations, who wrote, what we saw, and what cannot be seen. Pure."""
