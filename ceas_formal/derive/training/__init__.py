"""Gradients and convergence (paper III.A, II.B): the parameter shift, bias, heterogeneity, and how far update (3) descends."""
