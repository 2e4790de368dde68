"""The room with Keras in it. Of the other rooms only the command line and the benchmarks import it."""

import os
from pathlib import Path

# Set before Keras is first imported; TensorFlow's start-up messages help nobody.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# A trainer that waits for a job must not hold a GPU's memory: TensorFlow would take all of it, JAX three quarters.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
# By itself TensorFlow uses oneDNN only on processors with instructions made for networks (AVX-512 VNNI, AMX …).
# With plain AVX2, too, convolutional networks train 1.2 to 1.7 times as fast with it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Keras writes its default settings into the person's home folder, unless it finds some there. It cannot write here.
if not (Path.home() / ".keras").is_dir():
    os.environ.setdefault("KERAS_HOME", os.devnull)
