"""Who may do what: users with a role, API tokens."""
