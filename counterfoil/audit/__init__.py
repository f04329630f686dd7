"""The audit trail: who changed which master, setting or user, when, from what to what. Append-only."""
