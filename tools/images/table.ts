/**
 * The images of src/aws/images.ts, and what in the project is made for each.
 * @module
 */

export interface ImagePackages {
  name: string;
  /** Repository and tag; the builds for both processors where their packages are the same. */
  images: string[];
  /** Below github.com/aws/deep-learning-containers; what an image is built from comes first. */
  dockerfiles: string[];
  /** Stages of these files that make other images. */
  leaveOut: string[];
  /** What the image holds. */
  file: string;
  /** What is installed beside that, and from which list. */
  source: string;
  lock: string;
  /** Versions that the image must have, whatever its Dockerfile leaves open. */
  instead?: Record<string, string>;
  /** Packages by which a job knows, with the Python, that it runs in this image or one that was built from it. */
  knownBy: string[];
  /** What the image holds and may be moved: open in the Dockerfile, and too old there for what the image lacks. */
  moves?: string[];
  /** Beside what attune imports: what of the image its tests need. */
  also: string[];
  /** Suites of python/tests that concern what runs there. */
  tests: string[];
}

const TRAINING = 'huggingface/pytorch/training/docker/2.9/py3/cu130/Dockerfile.gpu';

export const IMAGE_PACKAGES: ImagePackages[] = [
  {
    name: 'job-gpu',
    images: ['huggingface-pytorch-training:2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04'],
    dockerfiles: ['pytorch/training/docker/2.9/py3/cu130/Dockerfile.gpu', TRAINING],
    leaveOut: ['ec2'],
    file: 'python/images/job-gpu.txt',
    source: 'python/requirements-jobs.in',
    lock: 'python/locks/job-gpu.txt',
    knownBy: ['torch', 'transformers'],
    also: ['boto3'],
    tests: ['python/tests'],
  },
  {
    name: 'job-cpu',
    images: ['pytorch-training:2.10.0-cpu-py313-ubuntu22.04-sagemaker'],
    dockerfiles: ['pytorch/training/docker/2.10/py3/Dockerfile.cpu'],
    leaveOut: ['ec2'],
    file: 'python/images/job-cpu.txt',
    source: 'python/requirements-jobs.in',
    lock: 'python/locks/job-cpu.txt',
    knownBy: ['torch'],
    // transformers, which this image lacks, asks for a newer one. Nothing else there that a job uses needs it.
    moves: ['huggingface-hub', 'hf-xet'],
    also: ['boto3'],
    tests: ['python/tests'],
  },
  {
    name: 'inference',
    images: [
      'huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04',
      'huggingface-pytorch-inference:2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04',
    ],
    dockerfiles: ['huggingface/pytorch/inference/docker/2.6/py3/Dockerfile.cpu'],
    leaveOut: [],
    file: 'python/images/inference.txt',
    // Its server imports pkg_resources, which 82 does not have.
    instead: { setuptools: '81.0.0' },
    source: 'python/requirements-serving.in',
    lock: 'python/attune_jobs/serving/requirements.txt',
    knownBy: [],
    also: [
      'setuptools',
      'transformers',
      'multi-model-server',
      'sagemaker-inference',
      'sagemaker-huggingface-inference-toolkit',
    ],
    tests: ['test_inference', 'test_inference_bounds', 'test_model_bounds'].map((name) => `python/tests/${name}.py`),
  },
];
