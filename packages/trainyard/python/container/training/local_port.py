"""The training toolkit's PyTorch module, on a port of the job's own: all hosts of all jobs share one machine here."""

from __future__ import annotations

import os

from sagemaker_pytorch_container import training
from sagemaker_training import torch_distributed

training.MASTER_PORT = torch_distributed.MASTER_PORT = os.environ["LOCAL_SAGEMAKER_MASTER_PORT"]
main = training.main
