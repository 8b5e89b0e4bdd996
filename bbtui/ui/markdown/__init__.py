"""Growing Markdown as terminal rows: clean → blocks → draw, kept together by the document."""
