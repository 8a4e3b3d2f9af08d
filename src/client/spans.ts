/**
 * What leaves of a span: names, times and ids. Temporal's interceptors also put a failure's message, memo, search attributes
 * and results into it, which quote data.
 * @module
 */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';

const ATTRIBUTES = new Set([
  ...['temporalWorkflowId', 'run_id', 'temporalActivityId', 'temporalUpdateId'],
  ...['workflowId', 'runId', 'workflowType', 'taskQueue', 'namespace', 'attempt'],
  ...['rpc.system', 'rpc.service', 'rpc.method', 'error.type'],
]);

/** @param say  hears once when spans cannot be sent, and once when they can again */
export function withoutContent(exporter: SpanExporter, url: string, say: (line: string) => void): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans.map(bare), (result) => {
        const failed = result.error !== undefined;
        if (failed && !failing)
          say(`traces: ${url} takes none: ${result.error?.message || result.error?.name}; runs do without them`);
        if (!failed && failing) say(`traces: ${url} takes them again`);
        failing = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

/** The rest stays as it is: a span computes some of it. */
const bare = (span: ReadableSpan): ReadableSpan =>
  Object.create(span, {
    attributes: { value: allowed(span.attributes, ATTRIBUTES) },
    status: { value: { code: span.status.code } },
    events: { value: span.events.map((event) => ({ ...event, attributes: allowed(event.attributes, EVENT) })) },
    links: { value: [] },
  }) as ReadableSpan;

const EVENT = new Set(['exception.type']);

const allowed = (attributes: ReadableSpan['attributes'] = {}, names: ReadonlySet<string>): ReadableSpan['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => names.has(name)));
