"""What can be chosen about a training or a fine-tuning."""
