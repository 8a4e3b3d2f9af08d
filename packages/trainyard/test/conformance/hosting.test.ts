/**
 * The endpoints of the local SageMaker, as an unmodified AWS SDK sees them.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEndpointCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointsCommand,
  ListTagsCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../../src/context.js';
import { invokeEndpoint } from '../../src/hosting/index.js';
import { bringUp, endInstance, instanceFolder, type Instance } from '../../src/hosting/instanceProcess.js';
import { Store } from '../../src/store.js';
import { python } from '../support/machine.js';
import { archive } from '../support/archive.js';
import { refusal } from '../support/refusal.js';
import { Bench, BUCKET, IMAGE, ROLE, echo, until, KEYS } from './hostingBench.js';

const BROKEN = 'def model_fn(model_dir):\n    raise RuntimeError("the weights are torn")\n';
const ARN = 'arn:aws:sagemaker:us-east-1:000000000000';

let bench: Bench;

beforeAll(async () => {
  bench = await Bench.start({ listens: true });
});

afterAll(() => bench.stop());

const update = (name: string, config: string) =>
  bench.sageMaker.send(new UpdateEndpointCommand({ EndpointName: name, EndpointConfigName: config }));

/** A second look at the same records: it finds the running instances as an emulator started anew does. */
const contextOver = ({ stateDir }: Bench): Context => ({
  settings: {
    stateDir,
    region: 'us-east-1',
    accountId: '000000000000',
    roleArns: [ROLE],
    python,
    namespaces: false,
    url: '',
    keys: KEYS,
    takesFaults: false,
    stopGraceMs: 0,
    awsEnvironment: {},
  },
  store: new Store(join(stateDir, 'records')),
  now: Date.now,
  emit: () => undefined,
});

/** All lines of an endpoint's instances. */
async function logOf(name: string): Promise<string[]> {
  const logGroupName = `/aws/sagemaker/Endpoints/${name}`;
  const { logStreams = [] } = await bench.logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  const pages = logStreams.map(({ logStreamName }) => {
    expect(logStreamName).toMatch(/^main\/i-[0-9a-f]{16}$/);
    return bench.logs.send(new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true }));
  });
  return (await Promise.all(pages)).flatMap(({ events = [] }) => events.map(({ message = '' }) => message));
}

/** Invokes without pause until told to stop; every answer and every error counts. */
function load(name: string, callers: number) {
  const models: string[] = [];
  const errors: unknown[] = [];
  let stopped = false;
  const caller = async () => {
    while (!stopped) {
      try {
        models.push(((await bench.invoke(name, { inputs: 'x', seconds: 0.02 })).output as { model: string }).model);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  const running = Array.from({ length: callers }, caller);
  return { models, errors, stop: () => ((stopped = true), Promise.all(running)) };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

describe('an endpoint', () => {
  test('is reached through InvokeEndpoint alone: its instance answers nobody else of this machine', async () => {
    await bench.serve('private', echo('private'));
    const { port } = bench.addresses('private')[0]!;
    const body = JSON.stringify({ inputs: 'x' });
    const headers = { 'content-type': 'application/json' };

    const passes: Record<string, string>[] = [{}, { 'x-trainyard-token': 'guess' }, { 'x-trainyard-token': '' }];
    for (const more of passes) {
      const asked = { method: 'POST', body, headers: { ...headers, ...more } };
      expect((await fetch(`http://127.0.0.1:${port}/invocations`, asked)).status).toBe(403);
      expect((await fetch(`http://127.0.0.1:${port}/ping`, { headers: more })).status).toBe(403);
    }
    expect((await bench.invoke('private', { inputs: 'x' })).output).toMatchObject({ inputs: 'x' });
  });

  test('comes into service, answers, says how it got there, and leaves nothing behind when it is deleted', async () => {
    await bench.model('plain', echo('plain'));
    await bench.config('plain', {});
    const { EndpointArn } = await bench.sageMaker.send(
      new CreateEndpointCommand({
        EndpointName: 'plain',
        EndpointConfigName: 'plain',
        Tags: [{ Key: 'owner', Value: '1' }],
      }),
    );
    const creating = await bench.describe('plain');
    expect(creating).toMatchObject({
      EndpointStatus: 'Creating',
      PendingDeploymentSummary: { EndpointConfigName: 'plain' },
    });
    const inService = await bench.settled('plain');
    expect(inService).toMatchObject({
      EndpointArn: `${ARN}:endpoint/plain`,
      EndpointStatus: 'InService',
      EndpointConfigName: 'plain',
      ProductionVariants: [{ VariantName: 'main', CurrentInstanceCount: 1, CurrentWeight: 1, DesiredInstanceCount: 1 }],
    });
    expect(inService.PendingDeploymentSummary).toBeUndefined();
    const { Tags } = await bench.sageMaker.send(new ListTagsCommand({ ResourceArn: EndpointArn }));
    expect(Tags).toEqual([{ Key: 'owner', Value: '1' }]);

    const reply = await bench.invoke('plain', { inputs: ['a', 'b'] });
    expect(reply.output).toMatchObject({ model: 'plain', inputs: ['a', 'b'] });
    expect(reply).toMatchObject({ InvokedProductionVariant: 'main', ContentType: 'application/json' });

    const [pid] = bench.pids('plain');
    await bench.sageMaker.send(new DeleteEndpointCommand({ EndpointName: 'plain' }));
    await until('the endpoint is gone', async () => {
      const { Endpoints } = await bench.sageMaker.send(new ListEndpointsCommand({ NameContains: 'plain' }));
      return Endpoints?.length === 0;
    });
    expect(pid).toBeGreaterThan(0);
    // Killed it is by then; on a busy machine its number is free a moment later.
    await until('its process is gone', () => !isThere(pid!));
    const statuses = () =>
      bench.announced
        .filter(({ detail }) => detail.EndpointName === 'plain')
        .map(({ detail }) => detail.EndpointStatus);
    await until('every event has come', () => statuses().length === 3);
    expect(statuses()).toEqual(['CREATING', 'IN_SERVICE', 'DELETING']);
    expect(bench.announced[0]).toMatchObject({ 'detail-type': 'SageMaker Endpoint State Change' });
    expect(bench.announced[0]?.detail.CreationTime).toBeGreaterThan(1e12);
  });

  test('is in service before its model is loaded: a request waits for the model', async () => {
    await bench.serve('early', `${echo('early')}\ntime.sleep(3)\n`);
    const logged = (await logOf('early')).join('\n');

    expect(logged).not.toContain('the model is loaded');
    expect((await bench.invoke('early', { inputs: 'x' })).output).toMatchObject({ model: 'early' });
    expect((await logOf('early')).join('\n')).toContain('the model is loaded');
  });

  test('whose model does not load is in service all the same: its requests are a ModelError 503, its log says why', async () => {
    await bench.serve('torn', BROKEN);

    expect(await bench.describe('torn')).toMatchObject({ EndpointStatus: 'InService' });
    expect(await refusal(bench.invoke('torn', {}))).toMatchObject({
      name: 'ModelError',
      OriginalStatusCode: 503,
      OriginalMessage: expect.stringContaining('No worker is available to serve request') as string,
    });
    expect((await logOf('torn')).join('\n')).toContain('RuntimeError: the weights are torn');
  });

  test('whose container does not start is Failed with a reason, and only deletion works', async () => {
    await bench.upload('startless.tar.gz', await archive({ 'config.json': '{}' }));
    await bench.modelOf('startless', `s3://${BUCKET}/startless.tar.gz`);
    await bench.config('startless', {});
    await bench.sageMaker.send(
      new CreateEndpointCommand({ EndpointName: 'startless', EndpointConfigName: 'startless' }),
    );

    expect(await bench.settled('startless')).toMatchObject({
      EndpointStatus: 'Failed',
      FailureReason:
        'The primary container for production variant main did not pass the ping health check. Please check CloudWatch logs for this endpoint.',
    });
    expect((await logOf('startless')).join('\n')).toContain('the model archive holds no code/inference.py');
    expect(await refusal(update('startless', 'startless'))).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(bench.invoke('startless', {}))).toMatchObject({
      message: 'Endpoint startless of account 000000000000 not found.',
    });
    await bench.sageMaker.send(new DeleteEndpointCommand({ EndpointName: 'startless' }));
    await until('it is gone', () =>
      bench.describe('startless').then(
        () => false,
        () => true,
      ),
    );
  });

  test('has as many workers as its model asks for, and each answers on its own', async () => {
    await bench.upload('several.tar.gz', await archive({ 'code/inference.py': echo('several') }));
    await bench.modelOf('several', `s3://${BUCKET}/several.tar.gz`, { SAGEMAKER_MODEL_SERVER_WORKERS: '2' });
    await bench.config('several', {});
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'several', EndpointConfigName: 'several' }));
    await bench.settled('several');
    await until('both workers have loaded', async () => {
      return (await logOf('several')).filter((line) => line === 'the model is loaded').length === 2;
    });

    const replies = await Promise.all([1, 2].map(() => bench.invoke('several', { seconds: 1 })));
    expect(new Set(replies.map(({ output }) => (output as { pid: number }).pid)).size).toBe(2);
  });

  test.each([
    ['is not in S3', undefined, 'Failed to download model data for container "container_1" from URL: "s3://models/'],
    ['is no archive', () => Promise.resolve(Buffer.from('text')), 'Failed to extract model data archive'],
    ['holds a link out of its folder', () => archive({ 'a -> /etc/passwd': '' }), 'entry "a" leads out of the archive'],
    ['leads out of its folder', () => archive({ '../../out.txt': 'x' }), 'leads out of the archive'],
    ['has no inference.py', () => archive({ 'config.json': '{}' }), 'did not pass the ping health check'],
  ])('whose model data %s is Failed and says so', async (title, data, reason) => {
    const name = title.replaceAll(/\W+/g, '-');
    if (data) await bench.upload(`${name}.tar.gz`, await data());
    await bench.modelOf(name, `s3://${BUCKET}/${name}.tar.gz`);
    await bench.config(name, {});
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));

    const { EndpointStatus, FailureReason } = await bench.settled(name);
    expect(EndpointStatus).toBe('Failed');
    expect(FailureReason).toContain(reason);
  });

  test.each([
    ['never gets healthy', `open("address.json", "w").write('{"pid": %d, "port": 1, "token": ""}' % os.getpid())`],
    ['never says where it listens', ''],
  ])('whose container %s is given up when its time is over, and its process ended', async (_, begins) => {
    const context = contextOver(bench);
    const instance: Instance = {
      id: 'i-stuck',
      folder: instanceFolder(context, 'stuck', 'i-stuck'),
      endpointName: 'stuck',
      variant: {
        name: 'main',
        weight: 1,
        image: IMAGE,
        environment: {},
        instances: ['i-stuck'],
        downloadMs: 1000,
        startupMs: 2000,
      },
    };
    mkdirSync(join(instance.folder, 'model', 'code'), { recursive: true });
    const deaf = join(bench.folder, 'deaf');
    writeFileSync(deaf, `#!${python}\nimport os, time\n${begins}\ntime.sleep(600)\n`, { mode: 0o755 });
    const running = () =>
      execFileSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(instance.folder));

    await expect(bringUp({ ...context, settings: { ...context.settings, python: deaf } }, instance)).rejects.toThrow(
      'did not pass the ping health check',
    );
    expect(running()).toHaveLength(1);
    await endInstance(instance.folder);

    expect(running()).toEqual([]);
  });

  test('that is creating or updating can be neither updated nor deleted', async () => {
    await bench.model('busy', echo('busy'));
    await bench.config('busy', {});
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'busy', EndpointConfigName: 'busy' }));

    const inProgress = {
      name: 'ValidationException',
      message: `Cannot update in-progress endpoint "${ARN}:endpoint/busy".`,
    };
    expect(await refusal(update('busy', 'busy'))).toMatchObject(inProgress);
    expect(await refusal(bench.sageMaker.send(new DeleteEndpointCommand({ EndpointName: 'busy' })))).toMatchObject(
      inProgress,
    );
    expect(await refusal(bench.invoke('busy', {}))).toMatchObject({ name: 'ValidationError' });
    await bench.settled('busy');
    await update('busy', 'busy');
    expect(await refusal(update('busy', 'busy'))).toMatchObject(inProgress);
    expect(await refusal(bench.sageMaker.send(new DeleteEndpointCommand({ EndpointName: 'busy' })))).toMatchObject(
      inProgress,
    );
    expect(await bench.settled('busy')).toMatchObject({ EndpointStatus: 'InService' });
  });
});

describe('an update', () => {
  test('to a good model under load loses no request and ends the old process', async () => {
    await bench.serve('moving', echo('old'));
    const [old] = bench.pids('moving');
    await bench.model('moving-new', echo('new'));
    await bench.config('moving-new', {});
    const requests = load('moving', 4);
    await until('requests are answered', () => requests.models.length > 20);

    await update('moving', 'moving-new');
    expect((await bench.describe('moving')).EndpointConfigName).toBe('moving');
    const updated = await bench.settled('moving');
    await until('the new model answers', () => requests.models.at(-1) === 'new');
    await requests.stop();

    expect(updated).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'moving-new' });
    expect(requests.errors).toEqual([]);
    expect(requests.models.lastIndexOf('old')).toBeLessThan(requests.models.length - 1);
    await until('the old process has ended', () => !bench.pids('moving').includes(old ?? 0));
  });

  test('waits for the requests that the old model is still answering', async () => {
    await bench.serve('draining', echo('old'));
    await bench.model('draining-new', echo('new'));
    await bench.config('draining-new', {});

    const slow = bench.invoke('draining', { seconds: 4 });
    await update('draining', 'draining-new');
    await bench.settled('draining');

    expect((await bench.invoke('draining', {})).output).toMatchObject({ model: 'new' });
    expect((await slow).output).toMatchObject({ model: 'old' });
  });

  test('to a container that does not start goes back to the old one, which serves all the time', async () => {
    await bench.serve('steady', echo('old'));
    await bench.upload('steady-bad.tar.gz', await archive({ 'config.json': '{}' }));
    await bench.modelOf('steady-bad', `s3://${BUCKET}/steady-bad.tar.gz`);
    await bench.config('steady-bad', {});
    const requests = load('steady', 2);

    await update('steady', 'steady-bad');
    const rolledBack = await bench.settled('steady');
    await requests.stop();

    expect(rolledBack).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'steady' });
    expect(rolledBack.FailureReason).toContain('did not pass the ping health check');
    expect(requests.errors).toEqual([]);
    expect(new Set(requests.models)).toEqual(new Set(['old']));
    await until('the bad process has ended', () => bench.pids('steady').length === 1);
  });

  test('of a weight or a count keeps the instances that stay', async () => {
    await bench.serve('growing', echo('growing'));
    const [first] = bench.pids('growing');

    await bench.sageMaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: 'growing',
        DesiredWeightsAndCapacities: [{ VariantName: 'main', DesiredWeight: 2, DesiredInstanceCount: 2 }],
      }),
    );
    const grown = await bench.settled('growing');

    expect(grown.ProductionVariants).toMatchObject([{ CurrentWeight: 2, CurrentInstanceCount: 2 }]);
    expect(bench.pids('growing')).toContain(first);
    const replies = await Promise.all([1, 2, 3, 4].map(() => bench.invoke('growing', {})));
    expect(new Set(replies.map(({ output }) => (output as { pid: number }).pid)).size).toBe(2);

    await bench.sageMaker.send(
      new UpdateEndpointCommand({
        EndpointName: 'growing',
        EndpointConfigName: 'growing',
        RetainAllVariantProperties: true,
        ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }],
      }),
    );
    const retained = await bench.settled('growing');
    expect(retained.ProductionVariants).toMatchObject([{ CurrentWeight: 1, CurrentInstanceCount: 2 }]);
  });
});

describe('a killed emulator', () => {
  test('finds its endpoints again: one that runs goes on, one that died is started, one under way comes up', async () => {
    await bench.serve('surviving', echo('surviving'));
    await bench.serve('dying', echo('dying'));
    const [survivor] = bench.pids('surviving');
    const [dead] = bench.pids('dying');
    await bench.model('coming', echo('coming'));
    await bench.config('coming', {});
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'coming', EndpointConfigName: 'coming' }));

    await bench.killEmulator();
    process.kill(-(dead ?? 0), 'SIGKILL');
    await bench.startEmulator();

    expect((await bench.invoke('surviving', {})).output).toMatchObject({ model: 'surviving' });
    expect(bench.pids('surviving')).toEqual([survivor]);
    expect((await bench.invoke('dying', {})).output).toMatchObject({ model: 'dying' });
    expect(bench.pids('dying')).not.toEqual([dead]);
    expect(await bench.settled('coming')).toMatchObject({ EndpointStatus: 'InService' });
    expect(bench.pids('coming')).toHaveLength(1);
  });

  test('goes on with an update and with a deletion', async () => {
    await bench.serve('halfway', echo('old'));
    await bench.model('halfway-new', echo('new'));
    await bench.config('halfway-new', {});
    await bench.serve('leaving', echo('leaving'));

    await update('halfway', 'halfway-new');
    await bench.sageMaker.send(new DeleteEndpointCommand({ EndpointName: 'leaving' }));
    await bench.killEmulator();
    await bench.startEmulator();

    expect(await bench.settled('halfway')).toMatchObject({
      EndpointStatus: 'InService',
      EndpointConfigName: 'halfway-new',
    });
    await until('the deletion is done', () =>
      bench.describe('leaving').then(
        () => false,
        () => true,
      ),
    );
    await until('one process is left', () => bench.pids('halfway').length === 1);
  });

  test('does not take an instance with it that is killed while the emulator runs: the next request starts it anew', async () => {
    await bench.serve('struck', echo('struck'));
    const [pid] = bench.pids('struck');
    process.kill(-(pid ?? 0), 'SIGKILL');
    await until('it is dead', () => {
      try {
        return !process.kill(pid ?? 0, 0);
      } catch {
        return true;
      }
    });

    expect((await bench.invoke('struck', {})).output).toMatchObject({ model: 'struck' });
    expect(bench.pids('struck')).not.toEqual([pid]);
  });
});

describe('an invocation', () => {
  const CODE = `
import json

class Refused(ValueError):
    status = 422

def model_fn(model_dir):
    import os
    return os.environ["SHOWN"] == os.path.join(model_dir, "data.txt")

def input_fn(data, content_type, context):
    return {"data": data, "type": content_type, "trace": context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes")}

def predict_fn(request, model, context):
    if request["data"] == "refuse":
        raise Refused(json.dumps({"error": {"code": "TooShort", "message": "too short", "param": "inputs"}}))
    if request["data"] == "crash":
        raise RuntimeError("a secret of the code")
    if request["data"] == "exit":
        import os
        os._exit(9)
    if request["data"] == "huge":
        return "x" * 6291457
    context.set_response_header(0, "X-Amzn-SageMaker-Custom-Attributes", f"seen {request['trace']}")
    return {"type": request["type"], "kind": type(request["data"]).__name__, "size": len(request["data"]), "re-rooted": model}

def output_fn(prediction, accept):
    return json.dumps(prediction) if accept == "application/json" else repr(prediction).encode()
`;
  const send = (body: string | Uint8Array, ContentType: string | undefined, Accept?: string) =>
    bench.runtime.send(
      new InvokeEndpointCommand({ EndpointName: 'asked', Body: body, ContentType, Accept, CustomAttributes: 't-1' }),
    );
  const refusalOf503 = (error: unknown): undefined => void expect(error).toMatchObject({ OriginalStatusCode: 503 });
  const read = (body: Uint8Array) => JSON.parse(Buffer.from(body).toString()) as unknown;

  beforeAll(() => bench.serve('asked', CODE));

  test('reaches the handlers by the rules of the container', async () => {
    const json = await send('"ü"', 'application/json');
    const bytes = await send('"ü"', 'application/json; charset=utf-8', 'application/json');
    const npy = await send('x', 'text/csv', 'application/x-npy');

    expect(read(json.Body)).toEqual({ type: 'application/json', kind: 'str', size: 3, 're-rooted': true });
    expect(json.CustomAttributes).toBe('seen t-1');
    expect(read(bytes.Body)).toMatchObject({ kind: 'bytes', size: 4 });
    expect(npy.ContentType).toBe('application/x-npy');
    expect(Buffer.from(npy.Body).toString()).toContain("'type': 'text/csv'");
  });

  test("refused by the model is a ModelError 400 with the model's message in the server's own", async () => {
    expect(await refusal(send('refuse', 'application/json'))).toMatchObject({
      name: 'ModelError',
      $metadata: { httpStatusCode: 424 },
      OriginalStatusCode: 400,
      OriginalMessage:
        '{"code": 400, "type": "InternalServerException", "message": ' +
        '"{\\"error\\": {\\"code\\": \\"TooShort\\", \\"message\\": \\"too short\\", \\"param\\": \\"inputs\\"}}"}',
      LogStreamArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/Endpoints/asked',
    });
  });

  test('that is not UTF-8 is a ModelError 400 that says so', async () => {
    const error = await refusal(send(Uint8Array.of(0x22, 0xff, 0x22), 'application/json'));

    expect(error).toMatchObject({ name: 'ModelError', OriginalStatusCode: 400 });
    expect(error).toMatchObject({
      OriginalMessage: expect.stringContaining('the body is not application/json in UTF-8: byte 1') as string,
    });
  });

  test('that crashes in the model is a ModelError 400 too, with what was raised, and the endpoint goes on', async () => {
    const error = (await refusal(send('crash', 'application/json'))) as unknown as { OriginalMessage: string };

    expect(error).toMatchObject({ name: 'ModelError', OriginalStatusCode: 400 });
    expect(error.OriginalMessage).toContain('InternalServerException');
    expect(read((await send('fine', 'application/json')).Body)).toMatchObject({ size: 4 });
  });

  test('that kills its worker is a ModelError 500, and another worker is started behind the same port', async () => {
    const [pid] = bench.pids('asked');

    expect(await refusal(send('exit', 'application/json'))).toMatchObject({
      name: 'ModelError',
      OriginalStatusCode: 500,
      OriginalMessage: expect.stringContaining('Worker died.') as string,
    });
    await until('another worker answers', async () => {
      const answer = await send('fine', 'application/json').catch(refusalOf503);
      return answer !== undefined;
    });
    expect(bench.pids('asked')).toEqual([pid]);
  });

  test('that takes too long is a ModelError with status 0, and the endpoint goes on', async () => {
    await bench.serve('slow', echo('slow'));
    const request = { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"seconds": 2}') };

    await expect(invokeEndpoint('slow', request, contextOver(bench), { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ModelError',
      status: 424,
      members: {
        OriginalStatusCode: 0,
        OriginalMessage: expect.stringContaining('Your invocation timed out') as string,
      },
    });
    expect((await bench.invoke('slow', {})).output).toMatchObject({ model: 'slow' });
  });

  test('may carry 6 MiB and not a byte more, both ways', async () => {
    const most = await send(new Uint8Array(6_291_456).fill(97), 'text/plain');

    expect(read(most.Body)).toMatchObject({ size: 6_291_456 });
    expect(await refusal(send(new Uint8Array(6_291_457), 'text/plain'))).toMatchObject({ name: 'ValidationError' });
    expect(await refusal(send('huge', 'application/json'))).toMatchObject({
      name: 'ModelError',
      OriginalStatusCode: 0,
    });
  });

  test('among many at once gets its own answer, in its own order', async () => {
    const batches = Array.from({ length: 40 }, (_, caller) => [1, 2, 3].map((item) => `${caller}-${item}`));
    await bench.serve('crowded', echo('crowded'), { InitialInstanceCount: 2 });

    const replies = await Promise.all(batches.map((inputs) => bench.invoke('crowded', { inputs, seconds: 0.01 })));

    expect(replies.map(({ output }) => (output as { inputs: string[] }).inputs)).toEqual(batches);
  });

  test('goes to the variants by weight, or to the one that is asked for', async () => {
    for (const name of ['red', 'blue']) await bench.model(name, echo(name));
    await bench.config(
      'mixed',
      { VariantName: 'red', ModelName: 'red', InitialVariantWeight: 3 },
      { VariantName: 'blue', ModelName: 'blue', InitialVariantWeight: 1 },
    );
    await bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'mixed', EndpointConfigName: 'mixed' }));
    await bench.settled('mixed');

    const shared = [];
    for (let call = 0; call < 8; call += 1) shared.push((await bench.invoke('mixed', {})).InvokedProductionVariant);
    const aimed = await bench.invoke('mixed', {}, { TargetVariant: 'blue' });

    expect(shared.filter((variant) => variant === 'red')).toHaveLength(6);
    expect(aimed.output).toMatchObject({ model: 'blue' });
    expect(await refusal(bench.invoke('mixed', {}, { TargetVariant: 'green' }))).toMatchObject({
      name: 'ValidationError',
    });
  });
});

describe('models and configurations', () => {
  const create = (name: string, more: object = {}) =>
    bench.sageMaker.send(
      new CreateModelCommand({ ModelName: name, ExecutionRoleArn: ROLE, PrimaryContainer: { Image: IMAGE }, ...more }),
    );

  test("are refused twice under one name, and not found when missing, in AWS's words", async () => {
    await create('twice');
    await bench.config('twice', {});
    const invalid = (message: string) => ({ name: 'ValidationException', message });

    expect(await refusal(create('twice'))).toMatchObject(
      invalid(`Cannot create already existing model "${ARN}:model/twice".`),
    );
    expect(await refusal(bench.config('twice', {}))).toMatchObject(
      invalid(`Cannot create already existing endpoint configuration "${ARN}:endpoint-config/twice".`),
    );
    expect(await refusal(bench.sageMaker.send(new DescribeModelCommand({ ModelName: 'none' })))).toMatchObject(
      invalid(`Could not find model "${ARN}:model/none".`),
    );
    expect(await refusal(bench.config('x', { ModelName: 'none' }))).toMatchObject(
      invalid(`Could not find model "${ARN}:model/none".`),
    );
    const deletion = bench.sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'none' }));
    expect(await refusal(deletion)).toMatchObject(
      invalid(`Could not find endpoint configuration "${ARN}:endpoint-config/none".`),
    );
    expect(await refusal(bench.describe('none'))).toMatchObject(
      invalid(`Could not find endpoint "${ARN}:endpoint/none".`),
    );
    const endpoint = bench.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'x', EndpointConfigName: 'none' }));
    expect(await refusal(endpoint)).toMatchObject(
      invalid(`Could not find endpoint configuration "${ARN}:endpoint-config/none".`),
    );
  });

  test('keep what they were made with until they are deleted', async () => {
    await create('kept', { EnableNetworkIsolation: true });
    await bench.config('kept', { InitialVariantWeight: 0.5 });

    const model = await bench.sageMaker.send(new DescribeModelCommand({ ModelName: 'kept' }));
    const config = await bench.sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'kept' }));

    expect(model).toMatchObject({ PrimaryContainer: { Image: IMAGE }, EnableNetworkIsolation: true });
    expect(model.CreationTime).toBeInstanceOf(Date);
    expect(config.ProductionVariants).toMatchObject([{ VariantName: 'main', InitialVariantWeight: 0.5 }]);
    await bench.sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'kept' }));
    await bench.sageMaker.send(new DeleteModelCommand({ ModelName: 'kept' }));
    expect(await refusal(bench.sageMaker.send(new DescribeModelCommand({ ModelName: 'kept' })))).toBeDefined();
  });

  test('that AWS could not run are refused', async () => {
    const role = `${ROLE}-unknown`;
    await create('gpu', { PrimaryContainer: { Image: IMAGE.replace('cpu-py312', 'gpu-py312-cu124') } });

    expect((await refusal(create('roleless', { ExecutionRoleArn: role }))).message).toContain(
      `Could not assume role ${role}`,
    );
    expect((await refusal(bench.config('gpu', {}))).message).toContain('needs a gpu instance');
    expect((await refusal(bench.config('gpu', { InstanceType: undefined }))).message).toContain('no InstanceType');
    await bench.config('gpu', { InstanceType: 'ml.g5.xlarge' });
  });
});
