"""The world outside, in domain terms: endpoints, their wire dialects, the embedded engine."""
