"""What a run will do, decided before anything starts: task order, container graph, evaluated values."""
