/**
 * AWS's times as the rest of attune has them.
 * @module
 */
export const iso = (time: Date | undefined): string | undefined => time?.toISOString();

/** "12 min": of a job, from its start to its end or to now. */
export function elapsed({ startedAt, createdAt, endedAt }: Times): string {
  const ms = Date.parse(endedAt ?? new Date().toISOString()) - Date.parse(startedAt ?? createdAt);
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.round(ms / 1000))} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

interface Times {
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
}
