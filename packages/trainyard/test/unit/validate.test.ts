import { describe, expect, test } from 'vitest';
import { AwsError } from '../../src/errors.js';
import type { ServiceModel, Shape } from '../../src/serviceModel.js';
import { checked } from '../../src/validate.js';

const shapes: Record<string, Shape> = {
  Request: {
    type: 'structure',
    required: ['Name'],
    members: {
      Name: { shape: 'Name' },
      Count: { shape: 'Count' },
      Ratio: { shape: 'Ratio' },
      Mode: { shape: 'Mode' },
      Words: { shape: 'Words' },
      Parts: { shape: 'Parts' },
      Settings: { shape: 'Settings' },
      Choice: { shape: 'Choice' },
      At: { shape: 'At' },
    },
  },
  Name: { type: 'string', min: 2, max: 4, pattern: '[a-z\\p{L}]+' },
  Count: { type: 'integer', min: 1, max: 3 },
  Ratio: { type: 'double', min: 0, max: 1 },
  Mode: { type: 'string', enum: ['On', 'Off'] },
  Words: { type: 'list', member: { shape: 'Name' }, min: 1, max: 2 },
  Parts: { type: 'list', member: { shape: 'Part' } },
  Part: { type: 'structure', required: ['Id'], members: { Id: { shape: 'Name' }, Inner: { shape: 'Parts' } } },
  Settings: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Name' }, max: 2 },
  Choice: { type: 'structure', union: true, members: { A: { shape: 'Name' }, B: { shape: 'Name' } } },
  At: { type: 'timestamp' },
};
const model: ServiceModel = {
  targetPrefix: 'Test',
  routes: [],
  statuses: new Map(),
  operations: new Map(),
  shapes: new Map(Object.entries(shapes)),
};

const check = (request: unknown): object => checked(model, 'Request', request);

function refusal(request: unknown): AwsError {
  try {
    check(request);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
  throw new Error('the request was accepted');
}

describe('a request that the model allows', () => {
  test('comes back with the members that the model knows', () => {
    const request = { Name: 'über', Count: 3, Ratio: 0.5, Words: ['ab'], Parts: [{ Id: 'ab' }], At: 1.5 };

    expect(check({ ...request, Colour: 'red', Mode: null })).toEqual(request);
  });

  test('counts characters, not code units', () => {
    expect(check({ Name: '𠀀𠀀𠀀𠀀' })).toEqual({ Name: '𠀀𠀀𠀀𠀀' });
  });
});

describe('a request that breaks a rule is refused in the words of AWS', () => {
  test.each([
    [{}, "Value null at 'name' failed to satisfy constraint: Member must not be null"],
    [
      { Name: 'a' },
      "Value 'a' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
    [
      { Name: 'abcde' },
      "Value 'abcde' at 'name' failed to satisfy constraint: Member must have length less than or equal to 4",
    ],
    [
      { Name: 'ab1' },
      "Value 'ab1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z\\p{L}]+",
    ],
    [
      { Name: 'ab', Count: 0 },
      "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { Name: 'ab', Ratio: 2 },
      "Value '2' at 'ratio' failed to satisfy constraint: Member must have value less than or equal to 1",
    ],
    [
      { Name: 'ab', Mode: 'Up' },
      "Value 'Up' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [On, Off]",
    ],
    [
      { Name: 'ab', Words: [] },
      "Value '[]' at 'words' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { Name: 'ab', Words: ['x'] },
      "Value '[x]' at 'words' failed to satisfy constraint: Member must satisfy constraint: [Member must have length greater than or equal to 2]",
    ],
    [
      { Name: 'ab', Parts: [{ Id: 'ab', Inner: [{}] }] },
      "Value null at 'parts.1.member.inner.1.member.id' failed to satisfy constraint: Member must not be null",
    ],
    [
      { Name: 'ab', Settings: { K: 'ab' } },
      "Value '{K=ab}' at 'settings' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length greater than or equal to 2]",
    ],
    [
      { Name: 'ab', Settings: { ab: 'X' } },
      "Value '{ab=X}' at 'settings' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length greater than or equal to 2]",
    ],
    [
      { Name: 'ab', Choice: { A: 'ab', B: 'ab' } },
      "Value '{A=ab, B=ab}' at 'choice' failed to satisfy constraint: Member must have exactly one of [A, B]",
    ],
  ])('%j', (request, sentence) => {
    const { code, message, status } = refusal(request);

    expect({ code, message, status }).toEqual({
      code: 'ValidationException',
      message: `1 validation error detected: ${sentence}`,
      status: 400,
    });
  });

  test('and every broken rule is named at once', () => {
    expect(refusal({ Count: 9, Mode: 'Up' }).message).toMatch(/^3 validation errors detected: .*; .*; /);
  });
});

describe('a value of another type cannot be read', () => {
  test.each([
    'text',
    [],
    { Name: 1 },
    { Name: 'ab', Count: '1' },
    { Name: 'ab', Count: 1.5 },
    { Name: 'ab', Words: 'ab' },
    { Name: 'ab', Words: [1] },
    { Name: 'ab', Settings: { ab: true } },
    { Name: 'ab', At: '2026-01-01' },
  ])('%j', (request) => {
    expect(refusal(request).code).toBe('SerializationException');
  });
});
