"""The executable reading of CEAS: scenarios, and what runs them."""
