"""SymPy derives what the paper states: inventory, weights, gossip, trust, gradients, convergence, and the composed error."""
