"""Trust scores (paper III.D.1): the score, how it is evaded, sequential tests that are not, and whom a failed tag blames."""
