"""What the actions do: functions on the context, grouped by what they are about.

Screens that open over the main one are imported when they do: the first paint waits for no dialog.
"""
