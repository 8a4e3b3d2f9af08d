/**
 * Whether an image can run on an instance type. AWS finds out when the container fails; here it is refused at once.
 * @module
 */
/** @returns what is wrong with an image that needs a processor which the instance type lacks */
export function processorProblem(image: string, instanceType: string): string | undefined {
  const needed = processorOfImage(image);
  const present = processorOfInstance(instanceType);
  // A CPU image runs anywhere, and an image whose tag says nothing is trusted.
  if (needed === undefined || needed === 'cpu' || needed === present) return undefined;
  return (
    `Image "${image}" needs a ${needed} instance, "${instanceType}" is a ${present} instance. ` +
    `Choose ${needed === 'gpu' ? 'an instance type such as ml.g5.xlarge, or a CPU image' : 'an instance type such as ml.inf2.xlarge'}.`
  );
}

type Processor = 'cpu' | 'gpu' | 'neuron';

/** By the tag's words, as AWS's own images carry them: `…-gpu-py312-cu130-…`, `…-cpu-py312-…`, `…-neuron-…`. */
function processorOfImage(image: string): Processor | undefined {
  const words = image.slice(image.lastIndexOf('/') + 1).split(/[-:_]/);
  if (words.some((word) => /^neuronx?$/.test(word))) return 'neuron';
  if (words.some((word) => word === 'gpu' || /^cu\d{2,}$/.test(word))) return 'gpu';
  return words.includes('cpu') ? 'cpu' : undefined;
}

function processorOfInstance(instanceType: string): Processor {
  const family = instanceType.split('.')[1] ?? '';
  if (/^(inf|trn)\d/.test(family)) return 'neuron';
  return /^(g|p)\d/.test(family) ? 'gpu' : 'cpu';
}
