/**
 * What pytest's report in JUnit's form says: how many, and which failed.
 * @module
 */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** @returns one failure at least where nothing passed: a suite that ran no test has shown nothing */
export function countsIn(report: string): Counts {
  const count = (name: string): number =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(report)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  const passed = count('tests') - failed - skipped;
  return { passed, failed: passed > 0 ? failed : Math.max(failed, 1), skipped };
}

export interface Failure {
  name: string;
  /** As the test's library put it, of several lines. */
  message: string;
}

export function failuresIn(report: string): Failure[] {
  const failed = /<testcase classname="([^"]*)" name="([^"]*)" time="[^"]*"><(?:failure|error) message="([^"]*)"/g;
  return [...report.matchAll(failed)].map(([, file, name, message]) => ({
    name: unescaped(`${file}.${name}`),
    message: unescaped(message!),
  }));
}

/** XML's own entities, and the numeric ones by which line breaks stand in an attribute. */
function unescaped(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, name?: string) =>
    code ? String.fromCodePoint(Number(code)) : (named[name!] ?? whole),
  );
}
