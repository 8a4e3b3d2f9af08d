"""What runs inside attune's SageMaker jobs: prepare, train, evaluate, and the endpoint's handler."""
