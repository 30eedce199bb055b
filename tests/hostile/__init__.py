"""Inputs of people who mean harm or made a mistake, by the door they come in at.

A case is a command over files that a function writes. `run.run_case` carries it out in a process
of its own, whose memory and time are measured; a command must answer each within bounds, in a
sentence.
"""
