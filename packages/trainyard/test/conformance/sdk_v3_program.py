"""What a user of the SageMaker Python SDK v3 writes, with its defaults: train, tune, process, deploy, ask, clean up.

    python sdk_v3_program.py BUCKET ROLE SOURCE

As sdk_v2_program.py, with the classes that took the estimators' place.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.resources import EndpointConfig
from sagemaker.core.shapes import (
    MetricDefinition,
    ProcessingInput,
    ProcessingOutput,
    ProcessingS3Input,
    ProcessingS3Output,
)
from sagemaker.core.training.configs import Compute, InputData, SourceCode
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train.model_trainer import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

INSTANCE = "ml.m5.large"
REGEX = "loss=([0-9.]+)"

LONGEST_PAUSE_S = 2


def main(bucket: str, role: str, source: str) -> dict[str, Any]:
    session = Session(boto_session=boto3.Session(), default_bucket=bucket)
    inputs = session.upload_data(source, bucket, "sdk-v3/inputs")

    def image(scope: str) -> str:
        chosen = {"version": "2.5", "py_version": "py311", "instance_type": INSTANCE, "image_scope": scope}
        return image_uris.retrieve(framework="pytorch", region=session.boto_region_name, **chosen)

    trainer = ModelTrainer(
        training_image=image("training"),
        source_code=SourceCode(source_dir=source, entry_script="train.py"),
        compute=Compute(instance_type=INSTANCE, instance_count=1),
        hyperparameters={"factor": 3, "rate": 0.5},
        base_job_name="sdk-v3",
        role=role,
        sagemaker_session=session,
    ).with_metric_definitions([MetricDefinition(name="loss", regex=REGEX)])
    trainer.train(input_data_config=[InputData(channel_name="train", data_source=inputs)])
    job = trainer._latest_training_job.refresh()

    tuner = HyperparameterTuner(
        trainer,
        "loss",
        {"rate": ContinuousParameter(0.1, 0.9)},
        metric_definitions=[{"Name": "loss", "Regex": REGEX}],
        objective_type="Minimize",
        max_jobs=2,
        max_parallel_jobs=2,
        # By default both versions call it by the image and the minute, and a name is taken once.
        base_tuning_job_name="sdk-v3",
    )
    tuner.tune(inputs=[InputData(channel_name="train", data_source=inputs)])

    processor = ScriptProcessor(
        role=role,
        image_uri=image("training"),
        command=["python3"],
        instance_count=1,
        instance_type=INSTANCE,
        sagemaker_session=session,
    )
    given = ProcessingS3Input(
        s3_uri=inputs, local_path="/opt/ml/processing/input", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    left = ProcessingS3Output(
        s3_uri=f"s3://{bucket}/sdk-v3/counts", local_path="/opt/ml/processing/output", s3_upload_mode="EndOfJob"
    )
    processor.run(
        code=str(Path(source, "process.py")),
        inputs=[ProcessingInput(input_name="input", s3_input=given)],
        outputs=[ProcessingOutput(output_name="counts", s3_output=left)],
        arguments=["--suffix", ".py"],
    )
    counted = boto3.client("s3").get_object(Bucket=bucket, Key="sdk-v3/counts/count.txt")["Body"].read().decode()

    builder = ModelBuilder(
        image_uri=image("inference"),
        source_code=SourceCode(source_dir=source, entry_script="inference.py"),
        s3_model_data_url=job.model_artifacts.s3_model_artifacts,
        role_arn=role,
        instance_type=INSTANCE,
        sagemaker_session=session,
    )
    model = builder.build()
    endpoint = builder.deploy(initial_instance_count=1, instance_type=INSTANCE)
    reply = endpoint.invoke(body=json.dumps({"inputs": ["a", "bc"]}), content_type="application/json")
    answer = json.loads(reply.body.read())
    config = EndpointConfig.get(endpoint.refresh().endpoint_config_name)
    endpoint.delete()
    config.delete()
    model.delete()

    return {
        "status": job.training_job_status,
        "metrics": [metric.metric_name for metric in job.final_metric_data_list],
        "best": tuner.best_training_job(),
        "tried": len(tuner.analytics().dataframe()),
        "counted": counted,
        "answers": [answer],
    }


if __name__ == "__main__":
    sleep = time.sleep
    # The SDK looks each half minute; jobs last seconds here.
    with patch.object(time, "sleep", lambda seconds: sleep(min(seconds, LONGEST_PAUSE_S))):
        print(f"\n{json.dumps(main(*sys.argv[1:]))}")
