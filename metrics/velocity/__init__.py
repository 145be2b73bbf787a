"""Velocity: how long steps take, how old what is open is, how fast the pipeline pays."""
