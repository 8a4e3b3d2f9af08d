/**
 * `npm run sbom`: what attune consists of besides its own code, as CycloneDX, from the locks: `build/sbom/{npm,python}.cdx.json`.
 * @module
 */
import { execa } from 'execa';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../src/dev/toolchain/places.js';

const folder = path.join(projectRoot, 'build', 'sbom');
const PYTHON_LOCKS = ['python/requirements.lock', 'tools/wheels.lock'];

interface Component {
  type: 'library';
  name: string;
  version: string;
  purl: string;
  hashes: { alg: 'SHA-256'; content: string }[];
}

/** Packages of a lock, each with the hash of every file it may come as; those without a hash are in the lock's `.in` alone. */
export function componentsIn(lock: string): Component[] {
  const entries = lock.matchAll(/^([A-Za-z0-9._-]+)==([^\s;\\]+).*((?:\n +--hash=.*)*)/gm);
  return [...entries].map(([, name = '', version = '', hashes = '']) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:pypi/${name.toLowerCase().replace(/[._-]+/g, '-')}@${version}`,
    hashes: [...hashes.matchAll(/sha256:([0-9a-f]{64})/g)].map(([, content = '']) => ({ alg: 'SHA-256', content })),
  }));
}

/** torch is pinned, but comes in one build for each kind of processor, with a hash of its own. */
const withoutHash = (requirements: string): Component[] =>
  componentsIn(requirements.replace(/^(?!torch==).*$/gm, '')).map((component) => ({ ...component, hashes: [] }));

interface Sbom {
  metadata: { component: { name: string } };
  components: {
    'bom-ref': string;
    name: string;
    version: string;
    hashes?: { alg: string; content: string }[];
    properties?: { name: string }[];
  }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** npm's own `--omit dev` leaves out the peers too, such as Temporal's SDK, which whoever runs attune installs. */
function withoutTools(sbom: Sbom): Sbom {
  const isTool = ({ properties = [] }: Sbom['components'][number]): boolean =>
    properties.some(({ name }) => name === 'cdx:npm:package:development');
  const tools = new Set(sbom.components.filter(isTool).map((component) => component['bom-ref']));
  return {
    ...sbom,
    components: sbom.components.filter((component) => !isTool(component)),
    dependencies: sbom.dependencies
      .filter(({ ref }) => !tools.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => !tools.has(other)) })),
  };
}

/** From the lock alone: nothing has to be installed there. */
export async function npmSbom(project: string): Promise<Sbom> {
  const options = ['--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { stdout } = await execa('npm', ['sbom', ...options], { cwd: project });
  const sbom = withoutTools(JSON.parse(stdout) as Sbom);
  // npm calls it by its folder, which may have any name.
  const { name } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as { name: string };
  return { ...sbom, metadata: { ...sbom.metadata, component: { ...sbom.metadata.component, name } } };
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  write('npm', await npmSbom(projectRoot));

  const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');
  const components = [
    ...PYTHON_LOCKS.flatMap((lock) => componentsIn(read(lock))),
    ...withoutHash(read('python/requirements.in')),
  ];
  write('python', { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components });
}

function write(name: string, sbom: object): void {
  const file = path.join(folder, `${name}.cdx.json`);
  writeFileSync(file, `${JSON.stringify(sbom, null, 2)}\n`);
  console.log(path.relative(projectRoot, file));
}

if (process.argv[1] === import.meta.filename) await main();
