"""All systems, by the name they have on the command line."""

from mocolab.systems.generation.mocogan import MoCoGAN, MoCoGANConfig

SYSTEMS = {"mocogan": (MoCoGAN, MoCoGANConfig)}
