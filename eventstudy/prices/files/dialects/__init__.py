"""Files as vendors write them: known by their heads, read into the layouts of `columns`."""
