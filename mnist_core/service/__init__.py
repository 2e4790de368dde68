"""The HTTP service: predictions for other programs, by ONNX Runtime. It answers in English."""
