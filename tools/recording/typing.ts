/**
 * A shell in a terminal of its own, into which lines are typed as a person types them; what it wrote, and when, is kept.
 * The pseudo-terminal is that of script(1), which util-linux brings.
 * @module
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Size {
  columns: number;
  rows: number;
}

/** What a terminal was told, in pieces. */
export interface Piece {
  /** Since the start, in seconds. */
  at: number;
  text: string;
}

/** Of one line that was typed: from its first letter to the next prompt. */
export type Take = Piece[];

const LETTER_MS = 35;
/** What terminals know as a command's end, with its exit code (OSC 133;D). It shows nothing. */
const END = /\x1b\]133;D;(\d+)\x07/;

/**
 * @param lines  typed one after the other, each once the one before has ended
 * @returns      a take for each line; in the first the prompt comes first
 * @throws Error with what the terminal had said, where a line ends with another code than 0
 */
export async function typeInto(
  { columns, rows }: Size,
  lines: string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Take[]> {
  // No reading of lines by the shell: what it sends for editing is nothing to look at.
  const shell = `stty cols ${columns} rows ${rows}; exec env PS1='$ ' bash --norc --noprofile --noediting -i`;
  const child = spawn('script', ['-qfec', shell, '/dev/null'], {
    cwd,
    env: { ...env, PROMPT_COMMAND: `printf '\\033]133;D;%s\\007' $?`, TERM: 'xterm-256color', HISTFILE: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const start = Date.now();
  let take: Take = [];
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    take.push({ at: (Date.now() - start) / 1000, text: text.replace(END, '') });
  });
  const prompt = async (): Promise<void> => {
    while (!END.test(said) && child.exitCode === null) await sleep(20);
    const code = END.exec(said)?.[1] ?? `none, the shell has ended`;
    if (code !== '0') throw new Error(`exit code ${code}\n${said}`);
    // The prompt itself comes after its mark.
    await sleep(300);
  };
  const type = async (line: string): Promise<void> => {
    said = '';
    for (const letter of line) {
      child.stdin.write(letter);
      await sleep(LETTER_MS);
    }
    child.stdin.write('\n');
    await prompt();
  };

  try {
    await prompt();
    const takes: Take[] = [];
    for (const line of lines) {
      await type(line);
      takes.push(take);
      take = [];
    }
    return takes;
  } finally {
    child.stdin.end('exit\n');
    await ended;
  }
}
