"""bbtui: one prompt, two models side by side, honest clocks, scores by key, a report to paste."""

__version__ = "0.1.0"
