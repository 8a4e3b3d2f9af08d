/**
 * Set-up: the servers and the Python environment that the local stack runs on, provided once for each user.
 * @module
 */
import { providedTool, recordFile, recordTools, type Provided, type Tool } from './findTool.js';
import { holding } from './once.js';
import { SETUP_COMMAND } from './places.js';
import { workOn, type Part, type ProgressOptions } from './progress.js';
import { providePython } from './python.js';
import { provideS3Server, provideTemporal } from './servers.js';
import { SetupError } from './setupError.js';
import type { Step } from './step.js';

export const PARTS = ['python', 'servers'] as const;
export type PartName = (typeof PARTS)[number];

export interface SetUpOptions extends ProgressOptions {
  /** Parts to leave alone; what an earlier set-up recorded of them stays. None by default. */
  without?: readonly PartName[];
  /** More to do beside them, for a clone: its build. */
  beside?: readonly Part<undefined>[];
}

export type Toolchain = Partial<Record<Tool, Provided>>;

const TOOLS: { tool: Tool; part: PartName; title: string; provide: (step: Step) => Promise<Provided> }[] = [
  { tool: 'versitygw', part: 'servers', title: 'S3 server', provide: provideS3Server },
  { tool: 'temporal', part: 'servers', title: 'Temporal server', provide: provideTemporal },
  { tool: 'python', part: 'python', title: 'Python environment', provide: providePython },
];

/**
 * Provides what is missing and records where everything is. Interrupted or killed, it goes on from there the next time.
 *
 * @example
 * const { temporal } = await setUp({ signal: new AbortController().signal, terminal: process.stderr.isTTY });
 *
 * @returns all that is recorded, of this set-up and of earlier ones
 * @throws SetupError that names every part that failed; the others are recorded all the same
 */
export async function setUp({ without = [], beside = [], ...progress }: SetUpOptions): Promise<Toolchain> {
  const wanted = TOOLS.filter(({ part }) => !without.includes(part));
  const parts: Part<Provided | undefined>[] = wanted.map(({ title, provide }) => ({
    title,
    provide: async (step) => {
      const result = await provide(step);
      return { result, line: result.why };
    },
  }));
  const all = [...parts, ...beside];
  const ends = await workOn(all, progress);

  const found: Toolchain = {};
  for (const [index, { tool }] of wanted.entries()) {
    const end = ends[index];
    if (end?.status === 'fulfilled') found[tool] = end.value;
  }
  await holding(recordFile(), {}, async () => recordTools(found));

  progress.signal.throwIfAborted();
  const failures = ends.flatMap((end, index) =>
    end.status === 'rejected' ? [{ title: all[index]!.title, reason: end.reason as unknown }] : [],
  );
  const unexpected = failures.find(({ reason }) => !(reason instanceof SetupError));
  if (unexpected) throw unexpected.reason;
  if (failures.length > 0) throw together(failures as { title: string; reason: SetupError }[]);
  return Object.fromEntries(TOOLS.flatMap(({ tool }) => [[tool, providedTool(tool)]]));
}

/** One error for all: whoever mends one must not learn of the next only then. */
function together(failures: { title: string; reason: SetupError }[]): SetupError {
  const [only, ...others] = failures;
  if (only && others.length === 0) return new SetupError(`${only.title}: ${only.reason.message}`, only.reason.mend);
  const told = failures.map(({ title, reason }) => `${title}: ${reason.message}\n  next: ${reason.mend}`);
  return new SetupError(
    `${failures.length} parts failed\n\n${told.join('\n\n')}\n`,
    `fix these, then ${SETUP_COMMAND}`,
  );
}
