"""Charts: one function makes one plotly figure; colours and type come from core.charts.style alone."""
