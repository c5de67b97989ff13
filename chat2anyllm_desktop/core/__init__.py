"""What things are: frozen data and the errors people read. No Qt, no input or output."""
