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
export const runPage = (place: UiPlace, workflowId: string, runId: string): string =>
  page(place, `workflows/${encodeURIComponent(workflowId)}/${runId}/history`);

export const schedulePage = (place: UiPlace, scheduleId: string): string =>
  page(place, `schedules/${encodeURIComponent(scheduleId)}`);

const page = ({ address, namespace, uiAddress }: UiPlace, path: string): string =>
  `${uiAddress ?? guessed(address)}/namespaces/${encodeURIComponent(namespace)}/${path}`;

function guessed(address: string): string {
  if (CLOUD.test(address)) return 'https://cloud.temporal.io';
  return LOCAL.test(address) ? `http://${address.replace(/:\d+$/, '')}:8233` : '';
}
