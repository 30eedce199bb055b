"""Markets and the calendars of their exchanges."""
