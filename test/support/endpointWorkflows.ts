/**
 * Ids of the workflows that change an endpoint, in the account and region of the tests' fakes.
 * @module
 */
import { deployWorkflowId, queueWorkflowId } from '../../src/run/ids.js';

export const HERE = '000000000000/us-east-1';

export const deploymentOf = (endpoint: string): string => deployWorkflowId(endpoint, HERE);
export const queueOf = (endpoint: string): string => queueWorkflowId(endpoint, HERE);
