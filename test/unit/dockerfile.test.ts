import { expect, test } from 'vitest';
import { readDockerfile } from '../../tools/images/dockerfile.js';

const TEXT = `
ARG PYTHON_VERSION=3.12.10
ARG TORCH_VERSION="2.9.0"
FROM somewhere AS common
# RUN pip install no-comment
RUN apt-get update \\
 && pip install --no-cache-dir -U torch==\${TORCH_VERSION} \\
    -i https://example.com/cu130 \\
    # said within
    "fastcore<2"
FROM common AS ec2
RUN pip install only-there
FROM common AS sagemaker
RUN pip install https://example.com/x86/torchtext-0.18.0%2Bcpu-cp312-cp312-linux_x86_64.whl \\
    git+https://example.com/aws/some-toolkit.git@f0c3eb2
RUN pip install pathos==0.3.3 --no-deps && pip uninstall -y ray pyctcdecode || true
RUN echo pip install nothing
`;

test('what a Dockerfile has pip do is read in order, with its arguments filled in', () => {
  const { arguments: values, steps } = readDockerfile(TEXT, ['ec2']);

  expect(values.get('PYTHON_VERSION')).toBe('3.12.10');
  const plain = { verb: 'install', upgrade: false, noDeps: false };
  expect(steps).toEqual([
    { ...plain, packages: ['torch==2.9.0', 'fastcore<2'], upgrade: true },
    { ...plain, packages: ['torchtext==0.18.0', 'some-toolkit'] },
    { ...plain, packages: ['pathos==0.3.3'], noDeps: true },
    { ...plain, verb: 'uninstall', packages: ['ray', 'pyctcdecode'] },
  ]);
});
