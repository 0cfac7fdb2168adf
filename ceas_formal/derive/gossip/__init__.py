"""Gossip (paper III.B.1, equation 6): where it ends, how fast, and what a Byzantine node does to it."""
