/**
 * Shows a page in the person's browser, where there is one.
 * @module
 */
import { spawn } from 'node:child_process';

/**
 * @param target  URL or path
 * @returns whether a browser was asked to show it: nobody hears whether it did
 */
export function showInBrowser(target: string, env: NodeJS.ProcessEnv, platform = process.platform): Promise<boolean> {
  const opener = openerOf(env, platform);
  if (opener === undefined) return Promise.resolve(false);
  const [command, ...args] = opener;
  return new Promise((done) => {
    // No shell: an address may hold anything.
    const child = spawn(command, [...args, target], { stdio: 'ignore', detached: true });
    child.once('error', () => done(false));
    child.once('spawn', () => {
      child.unref();
      done(true);
    });
  });
}

function openerOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): [string, ...string[]] | undefined {
  if (env['BROWSER']) return [env['BROWSER']];
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  // Without a display xdg-open would take over the terminal with a browser of text.
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined;
}
