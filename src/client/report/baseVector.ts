/**
 * A question under the base model: encoded on this machine by the project's Python environment.
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { providedTool } from '../../dev/toolchain/findTool.js';
import { projectRoot, SETUP_COMMAND } from '../../dev/toolchain/places.js';
import { claimsS3 } from '../../spec/sources.js';
import { AttuneError } from '../../spec/attuneError.js';
import type { FineTuneSpec } from '../../spec/schema.js';

type Prompts = FineTuneSpec['train']['prompts'];

/**
 * @param prompts  of the spec's `train`; undefined: the base's own
 * @throws AttuneError NotAvailable, with the reason, where this machine cannot run the model
 */
export async function baseVector(base: string, prompts: Prompts | undefined, text: string): Promise<Float32Array> {
  if (claimsS3(base)) {
    throw new AttuneError(
      'NotAvailable',
      `the base model lies in S3 (${base})`,
      'this side needs a base that is a hub id',
    );
  }
  const asked = prompts === undefined ? [] : ['--prompts', JSON.stringify(prompts)];
  const { code, stdout, stderr } = await run(python(), ['-m', 'attune_jobs.embed', '--model', base, ...asked], text);
  if (code !== 0) {
    const reason = stderr.trim().split('\n').at(-1) ?? `exit code ${code}`;
    throw new AttuneError(
      'NotAvailable',
      `the base model cannot be run here: ${reason}`,
      `set up the Python environment: ${SETUP_COMMAND}`,
    );
  }
  return Float32Array.from(JSON.parse(stdout.trim().split('\n').at(-1)!) as number[]);
}

/** The environment that set-up made, else whatever `python3` is. */
function python(): string {
  const known = providedTool('python')?.file;
  return known && existsSync(known) ? known : 'python3';
}

function run(
  command: string,
  args: string[],
  input: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const path = [join(projectRoot, 'python'), process.env['PYTHONPATH']].filter(Boolean).join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, PYTHONPATH: path } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('error', (error) =>
      reject(
        new AttuneError(
          'NotAvailable',
          `${command} cannot be started: ${error.message}`,
          `set up the Python environment: ${SETUP_COMMAND}`,
        ),
      ),
    );
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined); // it ended before it read: its exit code tells why
    child.stdin.end(input);
  });
}
