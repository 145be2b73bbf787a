"""What a change of the definitions does: its differences in words, its preview, and saving it."""
