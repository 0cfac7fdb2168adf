"""Weights (paper III.B.1, proposition 1, II.C): optimal ones, wrong ones, shots, and what f nodes can move."""
