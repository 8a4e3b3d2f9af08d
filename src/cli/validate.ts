/**
 * `attune validate`: every fault of a spec at once, without a server.
 * @module
 */
import { reportOf } from '../spec/problem.js';
import { endpointNameOf } from '../run/endpoint.js';
import { typesOf } from '../spec/instances.js';
import type { FineTuneSpec } from '../spec/schema.js';
import { dataSourcesOf } from '../spec/sources.js';
import { check } from '../client/inputs/check.js';
import { estimateTable, sayNotBilled } from './cost.js';
import { EXIT } from './exit.js';
import type { Io, JsonFlag } from './io.js';
import { uploadLines } from './uploading.js';

export async function validate(io: Io, file: string, { json }: JsonFlag): Promise<number> {
  const checked = await check(file, { cwd: io.cwd }, io.env);
  const { ok, problems, estimate, region } = checked;
  if (json)
    io.json({
      ok,
      problems,
      notices: checked.ok ? checked.notices : undefined,
      estimate,
      upload: checked.ok ? checked.upload.map(({ told }) => told) : undefined,
      warnings: checked.ok ? checked.warnings : undefined,
    });
  if (!checked.ok) {
    if (!json) for (const problem of problems) io.out(reportOf(problem));
    io.say(`${file}: ${problems.length} ${problems.length === 1 ? 'error' : 'errors'}`);
    io.next(`fix ${problems.length === 1 ? 'it' : 'them'}, then attune validate ${file}`);
    return EXIT.usage;
  }
  const { spec } = checked;
  if (!json) {
    for (const line of planIn(spec)) io.out(line);
    for (const line of uploadLines(checked.upload.map(({ told }) => told))) io.out(line);
    for (const notice of checked.notices) io.out(`look at this: ${notice}`);
    await sayNotBilled(io);
    for (const line of estimateTable(checked.estimate)) io.out(line);
    if (!region) io.out('neither AWS_REGION nor a profile names a region: only prices that the spec gives are known');
  }
  for (const warning of checked.warnings) io.say(`warning: ${warning}`);
  io.next(`attune submit ${file} --watch`);
  return EXIT.done;
}

/** What a run of it would do. */
function planIn(spec: FineTuneSpec): string[] {
  const { name, base, bases, model, deploy } = spec;
  const data = dataSourcesOf(spec)
    .map((one) => `${one.name} ${one.source}`)
    .join(', ');
  if (bases) return [`${name}: compares ${bases.join(', ')} on ${data}, and trains nothing`];
  return [
    model === undefined
      ? `${name}: fits ${base} to ${data} on ${typesOf(spec.compute.train.instanceType).join(' or ')}`
      : `${name}: compares ${model} with ${base} on ${data}, and trains nothing`,
    deploy
      ? `then serves it as ${endpointNameOf(spec)} on ${typesOf(deploy.instanceType).join(' or ')}, if it beats what is there`
      : 'and stops after packaging',
  ];
}
