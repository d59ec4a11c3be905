"""What the portal's pages show: lists of charts and tables (YAML), queries (SQL), and what runs them."""
