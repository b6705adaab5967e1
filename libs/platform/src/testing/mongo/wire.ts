import { deserialize, serialize, type Document } from 'bson';

/** `maxMessageSizeBytes` of a MongoDB server. */
export const MAX_MESSAGE_BYTES = 48_000_000;

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** A server must refuse a flag among the first sixteen that it does not know. */
const REQUIRED_FLAGS = 0xffff;

/** The peer does not speak the protocol: its connection is closed, nothing is answered. */
export class MalformedMessage extends Error {}

export interface Request {
  requestId: number;
  command: Document;
  /** False for w:0 writes (moreToCome). */
  expectsReply: boolean;
  /** True for the first handshake, which comes as OP_QUERY and is answered with OP_REPLY. */
  legacy: boolean;
}

/** Cuts a byte stream into messages. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #length = 0;

  /** @throws MalformedMessage when a message announces an impossible size. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Buffer[] = [];
    for (let size = this.#nextSize(); size !== undefined && this.#length >= size; size = this.#nextSize()) {
      const bytes = this.#joined();
      messages.push(bytes.subarray(0, size));
      this.#chunks = [bytes.subarray(size)];
      this.#length -= size;
    }
    return messages;
  }

  #nextSize(): number | undefined {
    if (this.#length < HEADER_BYTES) return undefined;
    const first = this.#chunks[0];
    const size = (first !== undefined && first.length >= 4 ? first : this.#joined()).readInt32LE(0);
    if (size < HEADER_BYTES || size > MAX_MESSAGE_BYTES) throw new MalformedMessage(`message of ${size} bytes`);
    return size;
  }

  #joined(): Buffer {
    const [only, ...more] = this.#chunks;
    const bytes = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }
}

/** @throws MalformedMessage for anything that is not OP_MSG or OP_QUERY with sound BSON. */
export function decodeMessage(message: Buffer): Request {
  try {
    const opCode = message.readInt32LE(12);
    if (opCode === OP_MSG) return decodeMsg(message);
    if (opCode === OP_QUERY) return decodeQuery(message);
    throw new MalformedMessage(`opcode ${opCode}`);
  } catch (error) {
    throw error instanceof MalformedMessage ? error : new MalformedMessage(String(error));
  }
}

export function encodeReply(request: Request, reply: Document): Buffer {
  const body = serialize(reply);
  // OP_REPLY: flags (8 = AwaitCapable), cursor id, starting from, number returned. OP_MSG: flags, section kind 0.
  const prefix = Buffer.alloc(request.legacy ? 20 : 5);
  if (request.legacy) {
    prefix.writeInt32LE(8, 0);
    prefix.writeInt32LE(1, 16);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + prefix.length + body.length, 0);
  header.writeInt32LE(request.legacy ? OP_REPLY : OP_MSG, 12);
  header.writeInt32LE(request.requestId, 8);
  return Buffer.concat([header, prefix, body]);
}

function decodeMsg(message: Buffer): Request {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if ((flags & REQUIRED_FLAGS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0) throw new MalformedMessage('unknown flag');
  const end = message.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  let body: Document | undefined;
  const sequences: Document = {};
  for (let at = HEADER_BYTES + 4; at < end;) {
    const kind = message.readUInt8(at);
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (size < 5 || at + 1 + size > end) throw new MalformedMessage('a section reaches past its message');
    if (kind === 0 && body === undefined) body = decodeDocument(section);
    else if (kind === 1) Object.assign(sequences, decodeSequence(section));
    else throw new MalformedMessage(`section of kind ${kind}`);
    at += 1 + size;
  }
  if (body === undefined) throw new MalformedMessage('no body');
  const command = { ...body, ...sequences };
  return { requestId: message.readInt32LE(4), command, expectsReply: (flags & MORE_TO_COME) === 0, legacy: false };
}

/** Kind 1: the size, the name of the field, then documents until the end. */
function decodeSequence(section: Buffer): Document {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new MalformedMessage('a sequence without a name');
  const documents: Document[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const size = section.readInt32LE(at);
    if (size < 5 || at + size > section.length) throw new MalformedMessage('a document reaches past its section');
    documents.push(decodeDocument(section.subarray(at, at + size)));
    at += size;
  }
  return { [section.toString('utf8', 4, nameEnd)]: documents };
}

function decodeQuery(message: Buffer): Request {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd < 0) throw new MalformedMessage('a query without a collection');
  const [database] = message.toString('utf8', HEADER_BYTES + 4, nameEnd).split('.');
  const at = nameEnd + 1 + 8;
  const query = decodeDocument(message.subarray(at, at + message.readInt32LE(at)));
  return { requestId: message.readInt32LE(4), command: { ...query, $db: database }, expectsReply: true, legacy: true };
}

/** Binary and regular expressions keep their BSON classes: Node's own would lose the subtype and the flags s and x. */
const decodeDocument = (bytes: Buffer): Document => deserialize(bytes, { promoteBuffers: false, bsonRegExp: true });
