"""RunPod's REST API v2: list, inspect, start and stop pods."""
