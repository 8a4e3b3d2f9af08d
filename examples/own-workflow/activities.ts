/**
 * Whatever one's own workflow does; here it says a line.
 * @module
 */
export async function tell(line: string): Promise<void> {
  process.stdout.write(`${line}\n`);
}
