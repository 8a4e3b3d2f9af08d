"""The Hugging Face toolkit's handler service, with the name that transformers 5 took away.

The image has the toolkit of a commit after 2.6.0, which was never released and knows transformers 5.
"""

from __future__ import annotations

import transformers.file_utils

if not hasattr(transformers.file_utils, "is_tf_available"):
    transformers.file_utils.is_tf_available = lambda: False

from sagemaker_huggingface_inference_toolkit.handler_service import HuggingFaceHandlerService


class Service(HuggingFaceHandlerService):
    """multi-model-server takes a class that this very module defines."""
