import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Service {
  image?: string;
  build?: { context: string; target: string };
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  stop_grace_period?: string;
  environment?: Record<string, string>;
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);
const instructions = read('Dockerfile').matchAll(/^(FROM|COPY|USER) (.+)$/gm);
const dockerfile = [...instructions].map(([, name = '', rest = '']) => ({ name, rest: rest.split(' ') }));
const stages = dockerfile
  .filter(({ name }) => name === 'FROM')
  .map(({ rest }) => ({ image: rest[0] ?? '', name: rest[2] }));

test('every path that the image copies exists and is let through by .dockerignore', () => {
  const copied = dockerfile
    .filter(({ name, rest }) => name === 'COPY' && !rest[0]?.startsWith('--from'))
    .flatMap(({ rest }) => rest.slice(0, -1));
  const letThrough = read('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(copied.filter((path) => !letThrough.some((allowed) => `${path}/`.startsWith(`${allowed}/`)))).toEqual([]);
});

test('every image is pinned to a version and its digest, and none is Alpine', () => {
  const images = [...stages.map(({ image }) => image), ...services.flatMap(([, { image }]) => image ?? [])];

  expect(images.length).toBeGreaterThan(5);
  expect(
    images.filter((image) => !/:v?\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}$/.test(image) || /latest|alpine/.test(image)),
  ).toEqual([]);
});

test('every action of the checks is pinned to a commit, with its version beside it', () => {
  const used = [...read('.github/workflows/ci.yml').matchAll(/uses: (.+)$/gm)].map(([, action = '']) => action);

  expect(used.length).toBeGreaterThan(3);
  expect(used.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

test('every service is an image or a stage of the Dockerfile', () => {
  const names = stages.map(({ name }) => name);

  for (const [service, { image, build }] of services) {
    expect(image ?? build?.target, service).toBeTruthy();
    if (build) expect(names, service).toContain(build.target);
  }
});

test('the namespace remembers runs for a year, as in the local stack', () => {
  const set = services.flatMap(([, { environment }]) => environment?.['DEFAULT_NAMESPACE_RETENTION'] ?? []);

  expect(set).toEqual([`${365 * 24}h`]);
});

test("the worker is given an account's keys whole, and the queue of its events", () => {
  expect(Object.keys(compose.services['worker']!.environment!)).toEqual(
    expect.arrayContaining(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ATTUNE_EVENTS_QUEUE']),
  );
});

test('ports are open on the loopback address only', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);

  expect(ports.length).toBeGreaterThan(0);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('a service waits for the health of those it needs, and they have a health check', () => {
  for (const [service, { depends_on = {} }] of services) {
    for (const [needed, { condition }] of Object.entries(depends_on)) {
      expect(condition, service).toBe('service_healthy');
      expect(compose.services[needed]?.healthcheck, needed).toBeDefined();
    }
  }
});

test('state lies in named volumes', () => {
  const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));

  expect(mounted.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
});

test('the worker does not run as root', () => {
  expect(dockerfile.filter(({ name }) => name === 'USER').at(-1)?.rest).toEqual(['node']);
});

test('the worker has longer to end than it takes, and is healthy once it is ready', () => {
  const { stop_grace_period = '', healthcheck } = compose.services['worker']!;
  const force = /shutdownForceTime: '(\d+)s'/.exec(read('src/worker/options.ts'))?.[1];

  expect(parseInt(stop_grace_period, 10)).toBeGreaterThan(Number(force));
  expect(JSON.stringify(healthcheck)).toContain('/ready');
});
