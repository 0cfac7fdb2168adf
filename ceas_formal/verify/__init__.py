"""The solver's reading of the specification: proofs for all N, and bounded search for what breaks it."""
