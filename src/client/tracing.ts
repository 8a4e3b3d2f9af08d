/**
 * Traces by OpenTelemetry: from a submit through workflows and activities to each AWS call. Optional: its packages are loaded
 * where a collector is named, and nobody else has to have them.
 * @module
 */
import type { ClientInterceptors } from '@temporalio/client';
import type { InjectedSinks, WorkerInterceptors } from '@temporalio/worker';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry';
import { refusalOf, type Observer } from '../aws/observed.js';
import { AttuneError } from '../spec/attuneError.js';
import { withoutContent } from './spans.js';

export interface Tracing {
  client: ClientInterceptors;
  worker: { interceptors: WorkerInterceptors; sinks: InjectedSinks<OpenTelemetrySinks> };
  /** A span for each AWS call, below that of its activity. */
  awsCalls: Observer;
  /** Sends what has ended and is not sent yet. */
  flush(): Promise<void>;
}

export interface Collector {
  /** Where spans are posted, path included. */
  url: string;
  /** Named for traces alone: then missing packages are an error. OTEL_EXPORTER_OTLP_ENDPOINT may be there for metrics. */
  forTraces: boolean;
}

/** By OpenTelemetry's own variables, or as a worker is told. OTLP over HTTP alone. */
export function collectorOf(env: NodeJS.ProcessEnv, told?: string): Collector | undefined {
  if (told !== undefined) return { url: withPath(told), forTraces: true };
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (own) return { url: own, forTraces: true };
  const ofAll = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!ofAll || !URL.canParse(ofAll)) return undefined;
  const http = new URL(ofAll).port === '4318' || env['OTEL_EXPORTER_OTLP_PROTOCOL']?.startsWith('http/');
  return http ? { url: `${ofAll.replace(/\/$/, '')}/v1/traces`, forTraces: false } : undefined;
}

const withPath = (url: string): string => (new URL(url).pathname === '/' ? new URL('/v1/traces', url).href : url);

const started = new Map<string, Promise<Tracing | undefined>>();

/**
 * Once a process and collector, however often it connects: spans of all of them belong to the same traces.
 *
 * @param say  hears once when spans cannot be sent, and once when they can again; nothing waits for a collector
 * @throws AttuneError (NotConfigured) where traces are asked for and a package is missing
 */
export function tracingTo(
  collector: Collector | undefined,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Tracing | undefined> {
  if (!collector) return Promise.resolve(undefined);
  const known = started.get(collector.url) ?? start(collector, env, say);
  started.set(collector.url, known);
  return known;
}

async function start(
  { url, forTraces }: Collector,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Tracing | undefined> {
  const packages = await load(forTraces);
  if (!packages) return undefined;
  const { api, resources, sdk, otlp, temporal } = packages;
  const { Resource, envDetectorSync } = resources;
  const resource = Resource.default()
    .merge(new Resource({ 'service.name': env['OTEL_SERVICE_NAME'] || 'attune' }))
    .merge(envDetectorSync.detect());
  const processor = new sdk.BatchSpanProcessor(withoutContent(new otlp.OTLPTraceExporter({ url }), url, say));
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  const tracer = provider.getTracer('attune');
  const workflowClient = new temporal.OpenTelemetryWorkflowClientInterceptor({ tracer });

  return {
    client: { workflow: [workflowClient] },
    worker: {
      interceptors: {
        activity: [
          (context) => ({
            inbound: new temporal.OpenTelemetryActivityInboundInterceptor(context, { tracer }),
            outbound: new temporal.OpenTelemetryActivityOutboundInterceptor(context),
          }),
        ],
      },
      sinks: { exporter: temporal.makeWorkflowExporter(processor, resource) },
    },
    awsCalls: ({ service, operation }, make) => {
      const attributes = { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': operation };
      return tracer.startActiveSpan(
        `${service}.${operation}`,
        { kind: api.SpanKind.CLIENT, attributes },
        async (span) => {
          try {
            return await make();
          } catch (error) {
            span.setAttribute('error.type', refusalOf(error)).setStatus({ code: api.SpanStatusCode.ERROR });
            throw error;
          } finally {
            span.end();
          }
        },
      );
    },
    flush: () => processor.forceFlush().catch(() => undefined), // why it cannot be sent has been said
  };
}

/** Undefined where a package is missing and nobody asked for traces. */
async function load(asked: boolean) {
  try {
    const [api, resources, sdk, otlp, temporal] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@temporalio/interceptors-opentelemetry'),
    ]);
    return { api, resources, sdk, otlp, temporal };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    if (!asked) return undefined;
    throw new AttuneError(
      'NotConfigured',
      `traces need packages of OpenTelemetry, which are not all installed: ${message.split('\n')[0]}`,
      `npm install ${INSTALL.join(' ')}`,
      { cause: error },
    );
  }
}

/** As package.json's optional peers have them. */
export const INSTALL = [
  '@temporalio/interceptors-opentelemetry@~1.24.0',
  '@opentelemetry/api@^1.9.0',
  '@opentelemetry/resources@^1.30.1',
  '@opentelemetry/sdk-trace-node@^1.30.1',
  '@opentelemetry/exporter-trace-otlp-http@^0.57.2',
];
