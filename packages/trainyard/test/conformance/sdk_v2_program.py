"""What a user of the SageMaker Python SDK v2 writes, with its defaults: fit, tune, process, deploy, ask, clean up.

    python sdk_v2_program.py BUCKET ROLE SOURCE

SOURCE holds train.py, inference.py and process.py. The last line of stdout is the result, as JSON. Runs in an
environment of its own, because the SDK's pins do not fit beside the jobs' packages.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.huggingface import HuggingFaceModel
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.pytorch import PyTorch, PyTorchModel
from sagemaker.serializers import JSONSerializer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

INSTANCE = "ml.m5.large"

LONGEST_PAUSE_S = 2


def main(bucket: str, role: str, source: str) -> dict[str, Any]:
    session = sagemaker.Session(boto_session=boto3.Session(), default_bucket=bucket)
    inputs = session.upload_data(source, bucket, "sdk-v2/inputs")
    common: dict[str, Any] = {"role": role, "sagemaker_session": session}

    estimator = PyTorch(
        entry_point="train.py",
        source_dir=source,
        framework_version="2.5",
        py_version="py311",
        instance_count=1,
        instance_type=INSTANCE,
        hyperparameters={"factor": 3, "rate": 0.5},
        metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        **common,
    )
    estimator.fit({"train": inputs})
    described = estimator.latest_training_job.describe()

    tuner = HyperparameterTuner(
        estimator,
        "loss",
        {"rate": ContinuousParameter(0.1, 0.9)},
        metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        objective_type="Minimize",
        max_jobs=2,
        max_parallel_jobs=2,
    )
    tuner.fit({"train": inputs})

    processor = ScriptProcessor(
        image_uri=estimator.training_image_uri(),
        command=["python3"],
        instance_count=1,
        instance_type=INSTANCE,
        **common,
    )
    processor.run(
        code=str(Path(source, "process.py")),
        inputs=[ProcessingInput(inputs, "/opt/ml/processing/input")],
        outputs=[ProcessingOutput(output_name="counts", source="/opt/ml/processing/output")],
        arguments=["--suffix", ".py"],
    )
    [counts] = processor.latest_job.outputs
    counted = sagemaker.s3.S3Downloader.read_file(f"{counts.destination}/count.txt", session)

    served = {"model_data": estimator.model_data, "entry_point": "inference.py", "source_dir": source, **common}
    models = [
        PyTorchModel(framework_version="2.5", py_version="py311", **served),
        HuggingFaceModel(transformers_version="4.49", pytorch_version="2.6", py_version="py312", **served),
    ]
    # At once: the SDK looks at an endpoint every 30 seconds.
    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(asked, models))

    return {
        "status": described["TrainingJobStatus"],
        "metrics": [metric["MetricName"] for metric in described["FinalMetricDataList"]],
        "best": tuner.best_training_job(),
        "tried": len(tuner.analytics().dataframe()),
        "counted": counted,
        "answers": answers,
    }


def asked(model: Any) -> Any:
    """Deployed, asked and deleted."""
    predictor = model.deploy(
        initial_instance_count=1,
        instance_type=INSTANCE,
        serializer=JSONSerializer(),
        deserializer=JSONDeserializer(),
    )
    answer = predictor.predict({"inputs": ["a", "bc"]})
    predictor.delete_model()
    predictor.delete_endpoint()
    return answer


if __name__ == "__main__":
    sleep = time.sleep
    # The SDK looks each half minute; jobs last seconds here.
    with patch.object(time, "sleep", lambda seconds: sleep(min(seconds, LONGEST_PAUSE_S))):
        # The SDK draws its progress on stdout and may leave the line open.
        print(f"\n{json.dumps(main(*sys.argv[1:]))}")
