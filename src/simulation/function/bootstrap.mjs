// Runs a Node handler behind the Lambda Runtime API. Node 18 or later; needs nothing installed.
import { Agent, request } from 'node:http';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = '/2018-06-01/runtime/';
const env = process.env;
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true });

function send(method, path, body = '') {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body);
    const options = { agent, host, port, method, path: ROOT + path, headers: { 'Content-Length': bytes.length } };
    const sent = request(options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString('utf8') }));
      answer.on('error', () => process.exit(0));
    });
    // The server is gone, and with it the reason to be here.
    sent.on('error', () => process.exit(0));
    sent.end(bytes);
  });
}

function failure(error, kind) {
  const isError = error instanceof Error || (error && typeof error === 'object' && 'message' in error);
  const document = {
    errorType: kind ?? (isError ? String(error.name ?? 'Error') : typeof error),
    errorMessage: isError ? String(error.message) : String(error),
    trace: isError && error.stack ? String(error.stack).split('\n') : [],
  };
  process.stderr.write(`ERROR\t${kind ?? 'Invoke Error'}\t${JSON.stringify(document)}\n`);
  return JSON.stringify(document);
}

// Pipes are written in the background on some systems: nothing is answered before what was written is out.
const written = (stream) => new Promise((resolve) => stream.write('', () => resolve()));
const flush = () => Promise.all([written(process.stdout), written(process.stderr)]);

class Named extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

async function load(text) {
  const slash = text.lastIndexOf('/') + 1;
  const dot = text.indexOf('.', slash);
  if (dot < 0) throw new Named('Runtime.MalformedHandlerName', 'Bad handler');
  const [module, names] = [text.slice(0, dot), text.slice(dot + 1).split('.')];
  const base = join(env.LAMBDA_TASK_ROOT, module);
  const file = ['.js', '.mjs', '.cjs'].map((ending) => base + ending).find((path) => existsSync(path));
  if (!file) {
    throw new Named('Runtime.ImportModuleError', `Error: Cannot find module '${dirname(module) === '.' ? module : base}'`);
  }
  let loaded;
  try {
    loaded = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) error.kind = 'Runtime.UserCodeSyntaxError';
    const isMissing = error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND';
    const sdk = isMissing && /'((?:@aws-sdk\/|@smithy\/|aws-sdk)[^']*)'/.exec(error.message);
    if (sdk) process.stderr.write(`note: Lambda brings ${sdk[1]} along; here it must be installed beside the code\n`);
    if (isMissing) throw new Named('Runtime.ImportModuleError', `Error: ${error.message}`);
    throw error;
  }
  const find = (from) => names.reduce((value, name) => value?.[name], from);
  const handler = find(loaded) ?? find(loaded.default);
  if (handler === undefined) {
    throw new Named('Runtime.HandlerNotFound', `${text} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw new Named('Runtime.HandlerNotFound', `${text} is not a function`);
  }
  return handler;
}

function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    context.done = callback;
    context.succeed = (result) => resolve(result);
    context.fail = (error) => reject(error ?? new Error('handled'));
    // Neither a promise nor a callback, and nothing left to do: the answer is null.
    const idle = () => resolve(null);
    process.once('beforeExit', idle);
    const result = handler(event, context, callback);
    if (typeof result?.then === 'function') result.then(resolve, reject);
  }).finally(() => process.removeAllListeners('beforeExit'));
}

let current = '';
async function crashed(error, kind) {
  if (current) {
    await send('POST', `invocation/${current}/error`, failure(error, kind));
  } else {
    await send('POST', 'init/error', failure(error, kind));
  }
  process.exit(1);
}
// A connection of its own: the other may be waiting.
process.on('uncaughtException', (error) => void crashed(error));
process.on('unhandledRejection', (reason) => void crashed(reason, 'Runtime.UnhandledPromiseRejection'));

let handler;
try {
  handler = await load(env._HANDLER);
} catch (error) {
  const body = failure(error, error?.kind);
  await flush();
  await send('POST', 'init/error', body);
  process.exit(1);
}
for (;;) {
  const { headers, body } = await send('GET', 'invocation/next');
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  current = headers['lambda-runtime-aws-request-id'];
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: current,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  };
  let what = 'response';
  let answer;
  try {
    const result = await call(handler, JSON.parse(body), context);
    answer = JSON.stringify(result === undefined ? null : result);
    if (answer === undefined) answer = 'null';
  } catch (error) {
    what = 'error';
    answer = failure(error);
  }
  await flush();
  const id = current;
  current = '';
  await send('POST', `invocation/${id}/${what}`, answer);
}
