"""Values as text: durations, rates, sizes, money, counted nouns, and sanitizing of foreign text."""
