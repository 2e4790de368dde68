"""The only room with Keras in it. Nothing outside imports it, except a trainer process, when it is one."""

import os

# Said before Keras is first imported; TensorFlow's start-up messages help nobody.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
# TensorFlow asks Intel's oneDNN only on processors with AVX-512; with AVX2 convolutions learn half as fast again by it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
