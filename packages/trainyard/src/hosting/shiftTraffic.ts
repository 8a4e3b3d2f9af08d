/**
 * The guarded part of an update: traffic moves to the new fleet by steps while alarms are watched.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.js';
import { upperSnake } from '../events.js';
import { describeEndpoint } from './describeEndpoint.js';
import type { EndpointRecord } from './records.js';
import { trafficOf } from './traffic.js';

const WATCH_EVERY_MS = 50;

/**
 * Takes the steps that are left: each is on record before it is waited for, so that an emulator started anew goes on.
 *
 * @returns why the old fleet must have the traffic back; undefined once the new one has it
 */
export async function shiftTraffic(context: Context, name: string): Promise<string | undefined> {
  const begun = recordOf(context, name);
  if (!begun?.rollout || !begun.serving) return undefined;
  const { steps, alarms } = begun.rollout;
  for (let step = begun.shift?.step ?? 0; step < steps.length; step += 1) {
    const record = recordOf(context, name);
    if (!record) return undefined;
    const shift = record.shift?.step === step ? record.shift : { step, since: context.now() };
    const shifted = { ...record, shift };
    context.store.put('endpoint', name, shifted);
    announceDeployment(context, shifted);
    const alarm = await alarmBefore(context, alarms, shift.since + steps[step]!.waitMs);
    if (alarm !== undefined) return `Alarm ${alarm} went off during the deployment, which was rolled back.`;
  }
  return undefined;
}

const recordOf = (context: Context, name: string): EndpointRecord | undefined => context.store.get('endpoint', name);

/** Looks at least once, however short the wait. */
async function alarmBefore(context: Context, alarms: string[], end: number): Promise<string | undefined> {
  for (;;) {
    const alarm = alarms.find((one) => trafficOf(context).inAlarm(one));
    const left = end - context.now();
    if (alarm !== undefined || left <= 0) return alarm;
    await sleep(Math.min(WATCH_EVERY_MS, left));
  }
}

/** Of guarded deployments only, as on AWS. */
export function announceDeployment(context: Context, record: EndpointRecord): void {
  const { EndpointName, EndpointArn, EndpointConfigName, EndpointStatus } = record;
  const { PendingDeploymentSummary } = describeEndpoint(record) as { PendingDeploymentSummary?: object };
  context.emit('SageMaker Endpoint Deployment State Change', EndpointArn, {
    EndpointName,
    EndpointArn,
    EndpointConfigName,
    EndpointStatus: upperSnake(EndpointStatus),
    PendingDeploymentSummary: inMilliseconds(PendingDeploymentSummary),
  });
}

/** As EventBridge carries them. */
const inMilliseconds = (summary: object | undefined): unknown =>
  summary &&
  JSON.parse(
    JSON.stringify(summary, (key, value: unknown) =>
      /Time$/.test(key) && typeof value === 'number' ? value * 1000 : value,
    ),
  );
