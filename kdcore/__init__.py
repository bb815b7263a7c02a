"""The engine of Distillery: knowledge distillation and compression, trained for real. It knows no screen."""
