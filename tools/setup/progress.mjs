/**
 * What set-up says while it works: on stderr, one line for each thing taken and why; in a terminal also a live line.
 * @module
 */
const REMINDER_MS = 15_000;
const FRAME_MS = 120;

export function createProgress(stream = process.stderr) {
  const startedAt = Date.now();
  const active = new Map();
  const live = Boolean(stream.isTTY);
  let timer;

  const clear = () => live && active.size && stream.write('\r\x1b[2K');
  const draw = () => {
    if (!live || !active.size) return;
    const text = [...active].map(
      ([name, step]) => `${name} ${elapsed(step.since)}${step.detail ? ` · ${step.detail}` : ''}`,
    );
    stream.write(`\r\x1b[2K  … ${text.join('   ')}`.slice(0, (stream.columns ?? 80) + 4));
  };
  const remind = () => {
    for (const [name, step] of active) {
      stream.write(`  … ${name}: ${elapsed(step.since)}${step.detail ? `, ${step.detail}` : ''}\n`);
    }
  };

  return {
    /** One line that stays. */
    say(line) {
      clear();
      stream.write(`${line}\n`);
      draw();
    },
    /** A step that takes time: its line says what, its last line how long it took. */
    start(name, what) {
      this.say(`  ${name}: ${what}`);
      active.set(name, { since: Date.now(), detail: '' });
      timer ??= setInterval(live ? draw : remind, live ? FRAME_MS : REMINDER_MS);
      timer.unref();
      return {
        detail(text) {
          const step = active.get(name);
          if (step) step.detail = text.slice(0, 100);
        },
        end: (line) => {
          const step = active.get(name);
          clear();
          active.delete(name);
          if (line) stream.write(`  ${name}: ${line} (${elapsed(step.since)})\n`);
          if (!active.size) {
            clearInterval(timer);
            timer = undefined;
          }
          draw();
        },
      };
    },
    elapsed: () => elapsed(startedAt),
  };
}

function elapsed(since) {
  const seconds = (Date.now() - since) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
