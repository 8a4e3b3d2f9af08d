import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageOf, type ListInput, type Listed } from '../../src/list.js';

const record = (name: string, createdAt: number, status = 'Completed'): Listed => ({
  name,
  createdAt,
  modifiedAt: createdAt + 1,
  status,
});

const namesOf = (records: Listed[], input: ListInput): string[] =>
  pageOf(records, (listed) => listed, input).page.map(({ name }) => name);

function allPages(records: Listed[], input: ListInput): string[] {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const { page, NextToken } = pageOf(records, (listed) => listed, { ...input, NextToken: token });
    names.push(...page.map(({ name }) => name));
    token = NextToken;
  } while (token);
  return names;
}

test('pages together hold every record once, in order, whatever their size', () => {
  const records = fc.uniqueArray(
    fc.tuple(
      fc.string({ minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom('Failed', 'Completed'),
    ),
    { selector: ([name]) => name, maxLength: 30 },
  );
  const order = fc.record({
    SortBy: fc.constantFrom('Name', 'CreationTime', 'Status'),
    SortOrder: fc.constantFrom('Ascending', 'Descending'),
  });
  fc.assert(
    fc.property(records, order, fc.integer({ min: 1, max: 7 }), (rows, sorting, MaxResults) => {
      const listed = rows.map((row) => record(...row));

      expect(allPages(listed, { ...sorting, MaxResults })).toEqual(namesOf(listed, { ...sorting, MaxResults: 100 }));
    }),
  );
});

test('a record that is made or deleted between two pages neither repeats nor hides another', () => {
  const records = ['a', 'b', 'c', 'd'].map((name, index) => record(name, index));
  const { page, NextToken } = pageOf(records, (listed) => listed, { MaxResults: 2 });

  const changed = [record('new', -1), ...records.filter(({ name }) => name !== 'b')];

  expect(page.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(namesOf(changed, { MaxResults: 2, NextToken })).toEqual(['c', 'd']);
});

test('ten records make a page unless told otherwise', () => {
  const records = Array.from({ length: 12 }, (_, index) => record(`n${index}`, index));

  expect(pageOf(records, (listed) => listed, {}).page).toHaveLength(10);
});

test('filters keep what fits all of them', () => {
  const records = [record('alpha', 1), record('beta', 2, 'Failed'), record('alphabet', 3, 'Failed')];

  expect(namesOf(records, { NameContains: 'alpha' })).toEqual(['alpha', 'alphabet']);
  expect(namesOf(records, { NameContains: 'alpha', StatusEquals: 'Failed' })).toEqual(['alphabet']);
  expect(namesOf(records, { CreationTimeAfter: 2, CreationTimeBefore: 2.5 })).toEqual(['beta']);
  expect(namesOf(records, { LastModifiedTimeBefore: 2 })).toEqual(['alpha']);
});

test.each(['made up', '', 'WzFd', Buffer.from('"x"').toString('base64url')])(
  'a token that no page gave out is refused: %j',
  (NextToken) => {
    expect(() => pageOf([], (listed: Listed) => listed, { NextToken })).toThrow(/pagination token/);
  },
);
