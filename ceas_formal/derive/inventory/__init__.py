"""The inventory of Bell pairs (paper III.C, definition 2, equation 7): means, laws, exact chains, lifetimes."""
