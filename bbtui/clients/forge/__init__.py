"""The forge to which a report is posted."""
