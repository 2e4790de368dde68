"""Federated learning: several collections improve one model, by Flower's Message API.

Flower reads the environment when it is imported: no telemetry, and warnings only.
"""

import os

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
os.environ.setdefault("FLWR_LOG_LEVEL", "WARNING")
