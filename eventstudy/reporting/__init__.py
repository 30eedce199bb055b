"""Tables, figures, findings and reports, from frames and texts only."""
