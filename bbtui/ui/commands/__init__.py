"""What the actions do: functions on the main screen, grouped by what they are about."""
