"""What pages show, worked out without looking anything up."""
