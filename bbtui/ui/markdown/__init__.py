"""Growing Markdown as terminal rows: clean → blocks → rows, held together by the document."""
