"""Composed errors (paper III.D.1, III.D.2): total failure of tags, and the time to a checkpoint when pairs decay."""
