import { connect } from 'node:net';
import { join } from 'node:path';
import { type Environment, variable } from '../../environment.js';

/** Milliseconds for everything together; a service that runs answers within a few. */
const LIMIT_MS = 1_000;
/** Bytes for everything together that the bus may say; a key with all around it takes two kilobytes. */
const LIMIT_BYTES = 64 * 1024;

const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus' } as const;
const SERVICE = { destination: 'org.freedesktop.secrets', path: '/org/freedesktop/secrets' } as const;
const SECRET = 'org.freedesktop.Secret';

/**
 * The secret of the one item of the Secret Service (its API, draft 0.2) that has these attributes. Undefined in every
 * other case, trouble of all kinds included, and never with a prompt: who wants to know more asks in another way.
 *
 * The session is a "plain" one: what it does not encrypt passes from the service to us through a socket of this machine
 * that only the bus reads, and every program of the user may ask for the same.
 */
export async function readSecret(
  attributes: Readonly<Record<string, string>>,
  env: Environment,
): Promise<Uint8Array | undefined> {
  const path = socketPath(env);
  if (path === undefined) return undefined;
  const bus = openBus(path);
  try {
    await bus.hello();
    const opened = await bus.call(
      { ...SERVICE, member: `${SECRET}.Service.OpenSession`, takes: 'sv', returns: 'vo' },
      (body) => {
        body.text('plain');
        body.signature('s');
        body.text('');
      },
    );
    if (opened.signature() !== 's') return undefined;
    opened.text();
    const session = opened.text();
    const found = await bus.call(
      { ...SERVICE, member: `${SECRET}.Service.SearchItems`, takes: 'a{ss}', returns: 'aoao' },
      (body) => {
        body.array(8, () => {
          for (const texts of Object.entries(attributes)) {
            body.align(8);
            texts.forEach(body.text);
          }
        });
      },
    );
    const [unlocked, locked] = [found.texts(), found.texts()];
    const [item] = unlocked;
    if (item === undefined || unlocked.length > 1 || locked.length > 0) return undefined;
    const secret = await bus.call(
      { ...SERVICE, path: item, member: `${SECRET}.Item.GetSecret`, takes: 'o', returns: '(oayays)' },
      (body) => body.text(session),
    );
    const isOurs = secret.text() === session && secret.bytes().length === 0;
    return isOurs ? Buffer.from(secret.bytes()) : undefined;
  } catch {
    return undefined;
  } finally {
    bus.close();
  }
}

/** The socket of the session bus, where its address is one of the plain form (D-Bus Specification, "Server Addresses"). */
function socketPath(env: Environment): string | undefined {
  const address = variable(env, 'DBUS_SESSION_BUS_ADDRESS');
  if (address === undefined) {
    const runtime = variable(env, 'XDG_RUNTIME_DIR');
    return runtime === undefined ? undefined : join(runtime, 'bus');
  }
  return /^unix:path=([^,;%]+)(?:,guid=[0-9a-f]+)?$/.exec(address)?.[1];
}

/** What is called, and the signatures of what is sent and of what comes back. */
interface Method {
  readonly destination: string;
  readonly path: string;
  /** With its interface. */
  readonly member: string;
  readonly takes: string;
  readonly returns: string;
}

type WriteBody = (body: Writer) => void;

/** A connection to a bus that waits for each answer. All but the answer that it waits for is an error, save signals. */
function openBus(path: string) {
  const socket = connect({ path, signal: AbortSignal.timeout(LIMIT_MS) });
  // Whoever waits for more hears of it.
  socket.on('error', () => undefined);
  const chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let received = Buffer.alloc(0);
  let total = 0;
  let serial = 0;

  const more = async (): Promise<void> => {
    const { done, value } = await chunks.next();
    if (done === true) throw new Error('the bus ended the connection');
    total += value.length;
    if (total > LIMIT_BYTES) throw new Error('the bus says too much');
    received = Buffer.concat([received, value]);
  };
  const take = async (length: number): Promise<Buffer> => {
    if (length > LIMIT_BYTES) throw new Error('a message that is too long');
    while (received.length < length) await more();
    const taken = received.subarray(0, length);
    received = received.subarray(length);
    return taken;
  };

  /** D-Bus Specification, "Authentication Protocol": who we are, the system tells the bus. */
  const authenticate = async (): Promise<void> => {
    const uid = Buffer.from(String(process.getuid?.())).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    while (!received.includes('\r\n')) await more();
    const answer = await take(received.indexOf('\r\n') + 2);
    if (!answer.toString('latin1').startsWith('OK ')) throw new Error('the bus refuses');
    socket.write('BEGIN\r\n');
  };

  const call = async (method: Method, write: WriteBody = () => undefined): Promise<Reader> => {
    serial += 1;
    socket.write(methodCall(method, serial, write));
    for (;;) {
      const head = await take(HEAD_BYTES);
      const { isLittle, bodyBytes, fieldBytes } = parseHead(head);
      const rest = await take(padded(fieldBytes, 8) + bodyBytes);
      if (head[1] === SIGNAL) continue;
      const { replySerial, signature } = parseFields(createReader(rest.subarray(0, fieldBytes), isLittle));
      if (head[1] !== METHOD_RETURN || replySerial !== serial || signature !== method.returns)
        throw new Error('not the answer');
      return createReader(rest.subarray(padded(fieldBytes, 8)), isLittle);
    }
  };

  return {
    async hello() {
      await authenticate();
      await call({ ...BUS, member: `${BUS.destination}.Hello`, takes: '', returns: 's' });
    },
    call,
    close: () => void socket.destroy(),
  };
}

/** D-Bus Specification, "Message Format". */
const HEAD_BYTES = 16;
const [METHOD_CALL, METHOD_RETURN, SIGNAL] = [1, 2, 4];
const FIELD = { path: 1, interface: 2, member: 3, replySerial: 5, destination: 6, signature: 8 } as const;

function methodCall({ destination, path, member, takes }: Method, serial: number, write: WriteBody): Buffer {
  const body = createWriter();
  write(body);
  const head = createWriter();
  head.raw('l'.charCodeAt(0), METHOD_CALL, 0, 1);
  head.number(body.length());
  head.number(serial);
  head.array(8, () => {
    const dot = member.lastIndexOf('.');
    for (const [field, type, value] of [
      [FIELD.path, 'o', path],
      [FIELD.interface, 's', member.slice(0, dot)],
      [FIELD.member, 's', member.slice(dot + 1)],
      [FIELD.destination, 's', destination],
      [FIELD.signature, 'g', takes],
    ] as const) {
      head.align(8);
      head.raw(field);
      head.signature(type);
      if (type === 'g') head.signature(value);
      else head.text(value);
    }
  });
  head.align(8);
  return Buffer.concat([head.bytes(), body.bytes()]);
}

function parseHead(head: Buffer) {
  const order = head.toString('latin1', 0, 1);
  if (order !== 'l' && order !== 'B') throw new Error('no message');
  const isLittle = order === 'l';
  const number = (at: number) => (isLittle ? head.readUInt32LE(at) : head.readUInt32BE(at));
  return { isLittle, bodyBytes: number(4), fieldBytes: number(12) };
}

function parseFields(fields: Reader) {
  let replySerial: number | undefined;
  let signature: string | undefined;
  while (!fields.isDone()) {
    fields.align(8);
    const field = fields.byte();
    const type = fields.signature();
    const value = type === 'u' ? fields.number() : type === 'g' ? fields.signature() : fields.text();
    if (field === FIELD.replySerial && typeof value === 'number') replySerial = value;
    if (field === FIELD.signature && typeof value === 'string') signature = value;
  }
  return { replySerial, signature };
}

type Writer = ReturnType<typeof createWriter>;

/** D-Bus Specification, "Marshaling (Wire Format)". */
function createWriter() {
  const out: number[] = [];
  const little = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
  const raw = (...bytes: readonly number[]) => void out.push(...bytes);
  const align = (to: number) => {
    while (out.length % to !== 0) out.push(0);
  };
  const number = (value: number) => {
    align(4);
    raw(...little(value));
  };
  return {
    raw,
    align,
    number,
    text(value: string) {
      number(Buffer.byteLength(value));
      raw(...Buffer.from(value), 0);
    },
    signature: (value: string) => raw(value.length, ...Buffer.from(value), 0),
    array(alignment: number, write: () => void) {
      number(0);
      const at = out.length - 4;
      align(alignment);
      const start = out.length;
      write();
      out.splice(at, 4, ...little(out.length - start));
    },
    length: () => out.length,
    bytes: () => Buffer.from(out),
  };
}

type Reader = ReturnType<typeof createReader>;

/** Reading past the end throws. */
function createReader(from: Buffer, isLittle: boolean) {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > from.length) throw new Error('a message that is too short');
    at += length;
    return from.subarray(at - length, at);
  };
  const isPast = (end: number) => at >= end;
  const align = (to: number) => void (at = padded(at, to));
  const byte = () => take(1).readUInt8();
  const number = () => {
    align(4);
    return isLittle ? take(4).readUInt32LE() : take(4).readUInt32BE();
  };
  const textOf = (length: number) => take(length + 1).toString('utf8', 0, length);
  const text = () => textOf(number());
  return {
    isDone: () => isPast(from.length),
    align,
    byte,
    number,
    text,
    signature: () => textOf(byte()),
    bytes: () => take(number()),
    texts() {
      const bytes = number();
      const end = at + bytes;
      const found: string[] = [];
      while (!isPast(end)) found.push(text());
      return found;
    },
  };
}

function padded(length: number, to: number): number {
  return Math.ceil(length / to) * to;
}
