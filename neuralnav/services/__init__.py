"""What every face calls: planning and deploying as asynchronous services over the core."""
