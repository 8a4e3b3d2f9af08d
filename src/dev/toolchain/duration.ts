/**
 * How long something took, for a person.
 * @module
 */

/** @returns "3.4 s", "47 s", "2 min", "2 min 5 s"; whole seconds from ten on. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 9_950) return `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`;
  // Rounded once, before it is taken apart: 119.6 s is two minutes and not "1 min 60 s".
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ''}`;
}
