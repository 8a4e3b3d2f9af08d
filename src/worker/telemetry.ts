/**
 * What a worker process lets out about itself: its log and its metrics. Temporal's SDK takes both once a process.
 * @module
 */
import { DefaultLogger, Runtime, type LogLevel, type MetricsExporterConfig } from '@temporalio/worker';
import { EXPECTED, jsonOf, lineOf, withoutSecrets } from './log.js';

export interface Telemetry {
  /** Default WARN. */
  logLevel?: LogLevel;
  /** `text`: a line for people; `json`: an object a line. Default `text`. */
  logFormat?: 'text' | 'json';
  /** `IP:PORT` where Prometheus scrapes `/metrics`. Default: no metrics. */
  metrics?: string;
  /**
   * URL of an OpenTelemetry collector, in the place of Prometheus: gRPC, or HTTP where the port is 4318, the URL has a path,
   * or OTEL_EXPORTER_OTLP_PROTOCOL says so. Default: OTEL_EXPORTER_OTLP_ENDPOINT, or no metrics.
   */
  otlp?: string;
}

/**
 * Once a process, before its first connection to Temporal.
 *
 * @param write  takes each line of the log
 * @returns      what says a line of the worker's own in the format of the log
 * @throws Error in words for people where the metrics' address cannot be listened on
 */
export function installTelemetry(
  { logLevel = 'WARN', logFormat = 'text', metrics, otlp }: Telemetry,
  write: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): (line: string) => void {
  const say = (line: string): void => write(withoutSecrets(line, env));
  const format = logFormat === 'json' ? jsonOf : lineOf;
  const logger = new DefaultLogger(logLevel, (entry) => {
    if (!EXPECTED.test(entry.message)) say(format(entry));
  });
  const exporter = exporterFor(metrics, otlp, env);
  try {
    Runtime.install({
      logger,
      // The native half of the SDK would else print by itself, in colours.
      telemetryOptions: {
        logging: { filter: { core: logLevel, other: logLevel === 'WARN' ? 'ERROR' : logLevel }, forward: {} },
        metrics: exporter,
      },
    });
  } catch (error) {
    if (exporter === undefined) throw error;
    throw new Error(`metrics: ${(error as Error).message}: ${metrics ?? otlp} cannot be used; choose another address`, {
      cause: error,
    });
  }
  if (metrics !== undefined) say(ownLine(`metrics: http://${metrics}/metrics`));
  return (line) => say(ownLine(line));

  function ownLine(message: string): string {
    return logFormat === 'text'
      ? message
      : jsonOf({ level: 'INFO', message, timestampNanos: BigInt(Date.now()) * 1_000_000n });
  }
}

/** Seconds, up to hours: jobs and gaps, where the SDK's own buckets end at a minute. */
const HOURS = [1, 10, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
const GAP = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const USD = [0.01, 0.1, 0.5, 1, 5, 10, 50, 100, 500];
const histogramBucketOverrides = {
  attune_job: HOURS,
  attune_job_cost: USD,
  attune_stage_detection: GAP,
  attune_stage_dispatch: GAP,
  attune_aws_call: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
};

function exporterFor(
  metrics: string | undefined,
  otlp: string | undefined,
  env: NodeJS.ProcessEnv,
): MetricsExporterConfig | undefined {
  const common = { useSecondsForDurations: true, histogramBucketOverrides };
  if (metrics !== undefined)
    return {
      attachServiceName: false,
      prometheus: { ...common, bindAddress: metrics, countersTotalSuffix: true, unitSuffix: true },
    };
  const url = otlp ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!url) return undefined;
  const { port, pathname } = new URL(url);
  const http = port === '4318' || pathname !== '/' || /^http\//.test(env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? '');
  return {
    globalTags: { service_name: 'attune' },
    otel: { ...common, url: http && pathname === '/' ? new URL('/v1/metrics', url).href : url, http },
  };
}
