"""Analyses beyond the mean abnormal return: regressions, portfolios, volatility and volume."""
