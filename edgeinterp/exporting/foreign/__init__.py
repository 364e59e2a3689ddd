"""Import foreign ONNX files: find attentions and hidden states in the graph by pattern, and expose them."""
