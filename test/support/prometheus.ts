/**
 * A real Prometheus over one target, and the queries that attune's dashboard and alerts ask of it.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../../src/dev/ports.js';
import { projectRoot } from '../../src/dev/toolchain/findTool.js';

export const hasPrometheus = ['prometheus', 'promtool'].every((tool) => spawnSync(tool, ['--version']).status === 0);

const read = (file: string): string => readFileSync(join(projectRoot, 'deploy', file), 'utf8');

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
}
interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}

/** Each panel's queries, with a range that a test lives to see. */
export const panelQueries = (): { title: string; expr: string }[] =>
  (JSON.parse(read('grafana/attune.json')) as Dashboard).panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$__rate_interval', '20s') })),
  );

export const alertRules = (): { alert: string; expr: string }[] =>
  (parse(read('prometheus/alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);

export interface Prometheus {
  /** The values that an expression has now. @throws Error where Prometheus refuses it */
  query(expr: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** Runs `deploy/prometheus` as it is, but for the target, and a scrape each second. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-prometheus-'));
  cpSync(join(projectRoot, 'deploy/prometheus'), folder, { recursive: true });
  const config = parse(read('prometheus/prometheus.yml')) as {
    global: object;
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  config.global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  config.scrape_configs[0]!.static_configs[0]!.targets = [target];
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));

  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--log.level=error',
  ]);
  const get = async (path: string): Promise<unknown> => {
    const reply = (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (reply.status !== 'success') throw new Error(`${path}: ${reply.error}`);
    return reply.data;
  };
  return {
    get,
    query: async (expr) => {
      const { result } = (await get(`query?query=${encodeURIComponent(expr)}`)) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
