"""What the actions do: functions on the main screen, grouped by what they are about.

Screens that open over it are imported when they do: the first paint waits for no dialog.
"""
