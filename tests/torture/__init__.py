"""A seeded campaign against what servers, terminals, files and other programs may do.

A scenario is a function of a `random.Random`: it returns if all went well and raises otherwise. The
same seed, kind and number make the same choices: ``make torture SEED=7 ONLY=cut:123`` repeats one.
"""
