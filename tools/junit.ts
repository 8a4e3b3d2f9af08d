/**
 * What pytest's report in JUnit's form counts.
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
