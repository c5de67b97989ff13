"""What people see: the only part of the program that knows Qt."""
