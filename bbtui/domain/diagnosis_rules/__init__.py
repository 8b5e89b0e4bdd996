"""What can be observed while connecting, what it means, and what to do; `rules` has all of it."""
