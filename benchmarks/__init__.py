"""What the program costs, each figure beside its floor or its peer measured in the same run.

``make bench`` runs :mod:`benchmarks.main`. Figures are medians of at least five runs; nothing here is a test.
"""
