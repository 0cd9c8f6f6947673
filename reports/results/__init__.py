"""What does a comparison find? Records, and the files that hold them."""
