/**
 * Where a run can be looked at in Temporal's Web UI.
 * @module
 */
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/;
const CLOUD = /\.(tmprl\.cloud|api\.temporal\.io)(:|$)/;

export interface UiPlace {
  /** Of the Temporal server: host:port. */
  address: string;
  namespace: string;
  /** TEMPORAL_UI_ADDRESS. */
  uiAddress?: string;
}

/** The run's page; only its path where the UI's address cannot be known. */
export function runPage({ address, namespace, uiAddress }: UiPlace, workflowId: string, runId: string): string {
  const path = `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;
  return `${uiAddress ?? guessed(address)}${path}`;
}

function guessed(address: string): string {
  if (CLOUD.test(address)) return 'https://cloud.temporal.io';
  return LOCAL.test(address) ? `http://${address.replace(/:\d+$/, '')}:8233` : '';
}
