import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collectorOf, INSTALL } from '../../../src/client/tracing.js';

const all = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const own = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';

test.each([
  ['nobody names one', {}, undefined, undefined],
  ['a flag names the server', {}, 'http://c:4318', { url: 'http://c:4318/v1/traces', forTraces: true }],
  ['a flag names the path', {}, 'http://c/in', { url: 'http://c/in', forTraces: true }],
  [
    'its own variable, as it is',
    { [own]: 'http://c:4318/x', [all]: 'http://d' },
    undefined,
    { url: 'http://c:4318/x', forTraces: true },
  ],
  [
    'the variable of all signals',
    { [all]: 'http://c:4318/' },
    undefined,
    { url: 'http://c:4318/v1/traces', forTraces: false },
  ],
  [
    'that variable, with a path',
    { [all]: 'http://c:4318/otel' },
    undefined,
    { url: 'http://c:4318/otel/v1/traces', forTraces: false },
  ],
  [
    'that variable, HTTP by protocol',
    { [all]: 'https://c', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    undefined,
    { url: 'https://c/v1/traces', forTraces: false },
  ],
  ['that variable, gRPC', { [all]: 'http://c:4317' }, undefined, undefined],
  ['traces are turned off', { [own]: 'http://c:4318/x', OTEL_TRACES_EXPORTER: 'none' }, undefined, undefined],
  ['all is turned off', { [own]: 'http://c:4318/x', OTEL_SDK_DISABLED: 'true' }, undefined, undefined],
])('the collector of traces where %s', (_where, env, told, expected) => {
  expect(collectorOf(env, told)).toEqual(expected);
});

test('what people are told to install is what the package names as optional', () => {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional: boolean }>;
  };
  const optional = Object.keys(peerDependenciesMeta).map((name) => `${name}@${peerDependencies[name]}`);

  expect([...INSTALL].sort()).toEqual(optional.sort());
});
