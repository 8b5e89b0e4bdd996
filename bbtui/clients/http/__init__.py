"""HTTP requests, streams and error replies; the only package that imports httpx."""
