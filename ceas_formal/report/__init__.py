"""What people read: space-time diagrams and verdict tables."""
