"""The executable, machine-checked specification of CEAS.

CEAS is consensus and entanglement-aware scheduling for distributed quantum neural networks
(Chen, Chen, Chehimi, Burt, Leung). Read :mod:`ceas_formal.spec` for what it is, run ``ceas audit`` for what of it is true.
"""

__version__ = "0.1.0"
