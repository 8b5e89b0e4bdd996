"""Ollama's native API: chat, model management, host state."""
