"""Events, and which session each market could first react in."""
