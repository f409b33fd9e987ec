SELECT name FROM stock WHERE pieces > 0;
