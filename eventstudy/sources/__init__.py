"""The outside world: files of prices now, whatever else a study reads later."""
