"""Starts the container's server as its entry point does, with its config file at a path of one's own."""

from __future__ import annotations

import sys

import attune_mms_handler  # noqa: F401  (before the toolkit)
from sagemaker_huggingface_inference_toolkit import mms_model_server
from sagemaker_inference import model_server

mms_model_server.MMS_CONFIG_FILE = model_server.MMS_CONFIG_FILE = sys.argv[1]
mms_model_server.start_model_server("attune_mms_handler")
