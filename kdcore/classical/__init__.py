"""Families beside networks, as teachers and students: trees, forests, boosting, support-vector machines, soft trees."""
