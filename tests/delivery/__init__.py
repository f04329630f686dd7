"""Mail: the outbox, its faults, the broker and the postman, on real servers."""
