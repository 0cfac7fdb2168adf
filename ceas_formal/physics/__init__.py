"""Physics: Bell-pair decay, authentication tags, Fisher information and process distance, hardware; QuTiP is the reference."""
