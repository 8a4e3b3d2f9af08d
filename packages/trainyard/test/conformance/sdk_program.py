"""What a user of the SageMaker Python SDK writes: fit an estimator, deploy it, ask it, clean up; prints the result.

Runs in an environment of its own, because the SDK's pins do not fit beside the jobs' packages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer


def main(bucket: str, role: str, source: Path, image: str) -> None:
    session = sagemaker.Session(boto_session=boto3.Session(), default_bucket=bucket)
    estimator = Estimator(
        image_uri=image,
        role=role,
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=session,
        source_dir=str(source),
        entry_point="train.py",
        base_job_name="sdk",
        output_path=f"s3://{bucket}/sdk-output",
        hyperparameters={"factor": 3, "name": "text"},
        metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        disable_profiler=True,
        max_run=120,
    )
    estimator.fit({"train": TrainingInput(f"s3://{bucket}/inputs/")}, logs="None")
    job = estimator.latest_training_job
    described = job.describe()

    model = Model(
        image_uri=image,
        model_data=estimator.model_data,
        role=role,
        sagemaker_session=session,
        predictor_cls=Predictor,
    )
    predictor = model.deploy(
        initial_instance_count=1,
        instance_type="ml.m5.large",
        endpoint_name="sdk-endpoint",
        serializer=JSONSerializer(),
        deserializer=JSONDeserializer(),
    )
    answer = predictor.predict({"inputs": ["a", "bc"]})
    predictor.delete_endpoint(delete_endpoint_config=True)
    model.delete_model()

    result = {
        "status": described["TrainingJobStatus"],
        "model": estimator.model_data,
        "metrics": [metric["MetricName"] for metric in described["FinalMetricDataList"]],
        "answer": answer,
    }
    # The SDK draws its progress on stdout and leaves the line open.
    print(f"\n{json.dumps(result)}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
