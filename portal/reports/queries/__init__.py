"""Reading for reports: what a figure is (`declaring`), the figures themselves (`sections`), counting them (`counting`),
and the rows behind them (`rows`, `listings`)."""
