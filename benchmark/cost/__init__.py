"""What a run costs: time, memory and arithmetic."""
