"""The study file: one TOML table of everything a study asks."""
