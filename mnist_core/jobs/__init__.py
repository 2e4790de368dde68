"""Jobs: queued, running and ended, and what each leaves in its run's folder."""
