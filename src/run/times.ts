/**
 * Times and durations as people read them, in every surface alike.
 * @module
 */

/** 63 → "1m 03s", 5 000 000 → "57d 20h" */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  // A training of a day and a half is still spoken of in hours.
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`;
}
const two = (n: number): string => String(n).padStart(2, '0');

export const secondsBetween = (from: string, to: string | Date): number =>
  (new Date(to).getTime() - new Date(from).getTime()) / 1000;

/** "2026-01-05 09:12 UTC" of a time in ISO 8601. */
export const minuteUtc = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
