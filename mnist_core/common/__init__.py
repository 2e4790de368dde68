"""What every room needs: the workspace, the database, errors, the clock."""
