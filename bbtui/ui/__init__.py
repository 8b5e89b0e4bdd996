"""The terminal screen; the only room that knows Textual."""

import os

# Both are read when Textual is imported. The screen's own tick sets how often it paints; a higher
# frame limit only makes a key visible sooner. Nothing here moves for its own sake.
os.environ.setdefault("TEXTUAL_FPS", "120")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
