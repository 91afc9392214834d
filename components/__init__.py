"""AWS building blocks: one `pulumi.ComponentResource` a module, and the pure functions behind them."""
