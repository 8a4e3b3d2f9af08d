/**
 * Each AWS call as metrics: how many, how long, how they ended.
 * @module
 */
import { Runtime } from '@temporalio/worker';
import { refusalOf, type Observer } from '../aws/observed.js';

/** Labels: service, operation, and the outcome: "ok" or a class of src/aws/errorTable.ts. Never a run or a resource. */
export function awsCallMetrics(): Observer {
  const meter = Runtime.instance().metricMeter;
  const calls = meter.createCounter('attune_aws_calls', undefined, 'AWS calls, retries of the SDK not counted');
  const seconds = meter.createHistogram('attune_aws_call', 'float', 'seconds', 'Duration of AWS calls with retries');
  return async (call, make) => {
    const since = performance.now();
    const ended = (outcome: string): void => {
      const labels = { ...call, outcome };
      calls.add(1, labels);
      seconds.record((performance.now() - since) / 1000, { ...call });
    };
    try {
      const made = await make();
      ended('ok');
      return made;
    } catch (error) {
      ended(refusalOf(error));
      throw error;
    }
  };
}
