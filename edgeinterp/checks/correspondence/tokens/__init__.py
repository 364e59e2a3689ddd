"""What hidden states have of their token ids: sums by id, their means, and the share of a state."""
