"""OpenAI-compatible servers: chat, model list, host state; llama.cpp's extras."""
