"""What CEAS is: the language, the checkpoint protocol, and the pure exact functions.

Standard library only. Start with :mod:`ceas_formal.spec.checkpoint`, the protocol on two pages;
:mod:`ceas_formal.spec.language` explains the words it is written in.
"""
