"""Foreign ONNX files: attentions and hidden states found in the graph by pattern, and exposed."""
