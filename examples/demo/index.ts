/**
 * `npm run demo:index`: a model and its index in service, then a better one, and both switched together.
 * The same questions through `attune search` before and after, side by side, and after the way back.
 * @module
 */
import { join } from 'node:path';
import type { SearchAnswer } from '../../src/client/index.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';
import { demo, INTERRUPTED, print, say, type Stage } from './stage.js';

const DOMAIN = join('examples', 'aws-api');
const FIRST = join(DOMAIN, 'index-first.yaml');
const BETTER = join(DOMAIN, 'index.yaml');
/** Of the test's families: no model here was fitted to them. */
const QUESTIONS = [
  'stop paying for pre-warmed function instances',
  'encrypt the disk of my jupyter machine',
  'make uploads from far away continents faster',
];
const COLUMN = 58;
/** Passages for each question. */
const SHOWN = 3;

async function switched(stage: Stage): Promise<number> {
  const { attune, stopped, startedAt } = stage;
  const one = await submitted(
    stage,
    FIRST,
    'A first model, fitted to a quarter of the pairs, goes into service with its index',
  );
  if (one !== 0) return one;
  const before = await answersTo(stage);
  const other = await submitted(
    stage,
    BETTER,
    'A better model, fitted to all pairs: every passage is embedded anew, then one switch',
  );
  if (other !== 0) return other;
  const after = await answersTo(stage);
  if (!before || !after) return stopped.aborted ? INTERRUPTED : 1;
  print(QUESTIONS.map((question, at) => sideBySide(question, before[at]!, after[at]!)).join('\n'));

  say(`\n$ attune index rollback ${BETTER}`);
  const from = Date.now();
  const back = await attune(['index', 'rollback', join(projectRoot, BETTER)]);
  if (back.code !== 0) return back.code;
  const seconds = (Date.now() - from) / 1000;
  const again = await answersTo(stage);
  if (!again) return stopped.aborted ? INTERRUPTED : 1;
  const same = again.every((answer, at) => titlesOf(answer).join() === titlesOf(before[at]!).join());
  print(
    `\nBack in ${seconds.toFixed(1)} s, nothing embedded: version ${again[0]!.version} answers ` +
      (same ? 'as before the switch.' : 'otherwise than before the switch.'),
  );
  print(`\nAll in all ${((Date.now() - startedAt) / 1000).toFixed(0)} s after set-up.`);
  return same ? 0 : 1;
}

/** @returns 0 once model and index serve */
async function submitted({ attune, stopped }: Stage, spec: string, what: string): Promise<number> {
  if (stopped.aborted) return INTERRUPTED;
  say(`\n${what}\n$ attune submit ${spec} --watch`);
  const { code } = await attune(['submit', join(projectRoot, spec), '--watch']);
  return stopped.aborted ? INTERRUPTED : code;
}

async function answersTo({ attune }: Stage): Promise<SearchAnswer[] | undefined> {
  const answers: SearchAnswer[] = [];
  for (const question of QUESTIONS) {
    say(`\n$ attune search ${BETTER} "${question}"`);
    const { code, stdout } = await attune(
      ['search', join(projectRoot, BETTER), question, '--k', `${SHOWN}`, '--json'],
      true,
    );
    if (code !== 0) return undefined;
    answers.push(JSON.parse(stdout) as SearchAnswer);
  }
  return answers;
}

function sideBySide(question: string, before: SearchAnswer, after: SearchAnswer): string {
  const [left, right] = [titlesOf(before), titlesOf(after)];
  const row = (one = '', other = ''): string => `  ${one.padEnd(COLUMN)}  ${other}`.trimEnd();
  return [
    '',
    question,
    row(`version ${before.version}`, `version ${after.version}`),
    ...Array.from({ length: SHOWN }, (_, at) => row(left[at], right[at])),
  ].join('\n');
}

const titlesOf = ({ hits }: SearchAnswer): string[] =>
  hits.map(({ rank, title, id }) => `${rank}. ${title || id}`.slice(0, COLUMN));

demo({ stateDir: join(projectRoot, '.attune', 'demo-index'), buildsDomain: true }, switched);
