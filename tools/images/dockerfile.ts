/**
 * What a Dockerfile has pip do, in order. As much of the format as AWS's Dockerfiles use.
 * @module
 */

export interface PipStep {
  verb: 'install' | 'uninstall';
  /** As pip takes them: `torch==2.9.0`, `datasets`, the name alone for `uninstall`. */
  packages: string[];
  /** -U: those named are brought to the newest, though there is one already. */
  upgrade: boolean;
  /** What they need is not installed with them. */
  noDeps: boolean;
}

export interface Dockerfile {
  /** Values of its ARG lines. */
  arguments: Map<string, string>;
  steps: PipStep[];
}

/** Options that a value follows: where pip looks. */
const WITH_VALUE = /^(--trusted-host|-i|--(extra-)?index[-]url)$/;

/** @param leaveOut  stages that the image is not made of */
export function readDockerfile(text: string, leaveOut: readonly string[] = []): Dockerfile {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n');
  const values = new Map<string, string>();
  const filled = (command: string): string =>
    command.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => values.get(name) ?? whole);
  const steps: PipStep[] = [];
  let stage = '';
  for (const line of lines) {
    stage = /^FROM \S+ AS (\S+)/i.exec(line)?.[1] ?? stage;
    const [, name, value] = /^ARG (\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value.trim().replace(/^"(.*)"$/, '$1'));
    if (!line.startsWith('RUN ') || leaveOut.includes(stage)) continue;
    for (const command of line.slice('RUN '.length).split(/&&|\|\||;/)) {
      const step = pipStep(filled(command).trim());
      if (step && step.packages.length > 0) steps.push(step);
    }
  }
  return { arguments: values, steps };
}

function pipStep(command: string): PipStep | undefined {
  const [, verb, rest] = /^(?:\w+=\S+ )*pip (install|uninstall) (.*)$/.exec(command) ?? [];
  if (verb === undefined || rest === undefined) return undefined;
  const words = rest.split(/\s+/).map((word) => word.replace(/^"(.*)"$/, '$1'));
  const packages = words.filter((word, at) => !word.startsWith('-') && !WITH_VALUE.test(words[at - 1] ?? ''));
  return {
    verb: verb as PipStep['verb'],
    packages: packages.filter(Boolean).map(requirementOf),
    upgrade: words.includes('-U') || words.includes('--upgrade'),
    noDeps: words.includes('--no-deps'),
  };
}

/** A wheel or a repository by its URL becomes the package's name, with the version where the URL says one. */
function requirementOf(word: string): string {
  const [, name, version] = /\/([A-Za-z0-9_.]+)-([0-9][^-]*)-[^/]*\.whl$/.exec(decodeURIComponent(word)) ?? [];
  if (name !== undefined) return `${name}==${version?.replace(/\+.*/, '')}`;
  return /^git\+.*\/([^/@]+?)(?:\.git)?(?:@.*)?$/.exec(word)?.[1] ?? word;
}
