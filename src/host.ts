/**
 * The waist: everything that a node of a sync system may know of the world it runs in, and nothing else.
 *
 * Sync code is ordinary `async` TypeScript that is given a `Host` and never touches `Date`, `Math.random`, timers,
 * `crypto`, `fetch` or `fs` itself. The simulator implements a `Host` on virtual time; the same interface can be
 * implemented over real clocks, sockets and files. This file imports nothing.
 */

/** What one node is given of the world. */
export interface Host {
  /** The node's name, unique in its world. */
  readonly id: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly net: Net;
  readonly disk: Disk;
  /** Marks that a place in the program was reached; campaigns count these as goals. Costs nothing, changes nothing. */
  probe(mark: string): void;
}

/** A node's own clock: it may be skewed, drift, jump or stand still. Durations are not affected by jumps. */
export interface Clock {
  /** Wall time of this node: integer milliseconds since 1970, UTC. */
  now(): number;
  /** Settles after `durationMs` (integer, >= 0). */
  sleep(durationMs: number): Promise<void>;
  /** Calls `run` once after `durationMs`; the returned function cancels it, and does nothing once it ran. */
  after(durationMs: number, run: () => void): () => void;
}

/** The only source of chance. */
export interface RandomSource {
  /** A uniform integer, both bounds included. Needs `min <= max`, safe integers, a span below 2^32. */
  integer(min: number, max: number): number;
  /** `length` random characters out of `0-9a-f` (16 unless told): an identifier that no other life of any node draws. */
  id(length?: number): string;
}

/** What a message carries. Text crosses as its UTF-8 encoding would (a lone surrogate arrives as U+FFFD); bytes are copied. */
export type Body = string | Uint8Array;

export interface HttpRequest {
  readonly method: string;
  /** Path with query, as in `/v1/items?limit=5`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export type RequestHandler = (request: HttpRequest, from: string) => Promise<HttpResponse>;

/** One end of an ordered, reliable-until-broken stream of messages. */
export interface Socket {
  /** The other end's node id or address. */
  readonly peer: string;
  /** Queues a message; after a close it is dropped. */
  send(body: Body): void;
  /** Sets the one receiver of messages; messages that came before it was set are kept for it. */
  onMessage(receive: (body: Body) => void): void;
  /** Sets the one function to call when this end learns that the stream is over, at most once. */
  onClose(closed: (reason: 'closed' | 'reset') => void): void;
  close(): void;
}

export interface Net {
  /**
   * Sends an HTTP-shaped request to a node or an address and waits for the answer.
   * Rejects with {@link NetError}; after any rejection the server may or may not have acted.
   * `timeoutMs` counts on this node's timers (30,000 unless told).
   */
  request(to: string, request: HttpRequest, options?: {readonly timeoutMs?: number}): Promise<HttpResponse>;
  /** Sets the one handler of requests to this node. A handler that throws answers 500 with an empty body. */
  serve(handler: RequestHandler): void;
  /** Opens a socket; rejects with {@link NetError}. */
  dial(to: string, options?: {readonly timeoutMs?: number}): Promise<Socket>;
  /** Sets the one acceptor of sockets to this node. */
  listen(accept: (socket: Socket) => void): void;
  /** Sends one message that may be lost, repeated or overtaken, and of whose fate nothing is heard. */
  send(to: string, body: Body): void;
  /** Sets the one receiver of such messages. */
  receive(handler: (body: Body, from: string) => void): void;
}

export type NetErrorCode = 'timeout' | 'refused' | 'reset' | 'unreachable';

/** Why a request or a dial got no answer. */
export class NetError extends Error {
  readonly code: NetErrorCode;
  constructor(code: NetErrorCode, message: string) {
    super(message);
    this.name = 'NetError';
    this.code = code;
  }
}

export type SqlValue = null | number | string | Uint8Array;
export type SqlParams = readonly SqlValue[];
/** Column name to value. Integers beyond 2^53 are not supported. */
export type SqlRow = Record<string, SqlValue>;

/** The statements of an SQL port; SQLite's dialect, positional `?` parameters. All reject with {@link DiskError}. */
export interface Sql {
  get(sql: string, params?: SqlParams): Promise<SqlRow | undefined>;
  all(sql: string, params?: SqlParams): Promise<SqlRow[]>;
  /** `changes`: how many rows the statement inserted, updated or deleted. */
  run(sql: string, params?: SqlParams): Promise<{readonly changes: number}>;
}

export interface Database extends Sql {
  /**
   * Runs `body` in one transaction: committed when it settles, rolled back when it rejects (the rejection passes on).
   * Transactions on one database run one after another, whoever opened it. Inside `body` use only the handle that it
   * is given: a statement on the database itself waits for the transaction to end, and so for ever.
   */
  transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T>;
}

export interface Disk {
  /**
   * Opens the database `name` of this node's place, creating it with `schema` (statements, run in one transaction) if it
   * is not there. Nodes of one place share their databases. With `replica`, statements read a copy that may lag behind.
   */
  open(name: string, schema: readonly string[], options?: {readonly replica?: boolean}): Promise<Database>;
}

export type DiskErrorCode = 'busy' | 'full' | 'io' | 'constraint' | 'sql';

/** Why a statement failed. `busy`, `full` and `io` may pass; the message never carries an engine's own text. */
export class DiskError extends Error {
  readonly code: DiskErrorCode;
  constructor(code: DiskErrorCode, message: string) {
    super(message);
    this.name = 'DiskError';
    this.code = code;
  }
}
