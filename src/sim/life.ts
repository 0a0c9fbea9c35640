/** Nodes and their lives: a node stays, a life is one stretch from boot to crash, and what a dead life awaits never comes. */
import type {HttpRequest, RequestHandler, Socket, Body} from '../host.ts';
import type {Happening} from './agenda.ts';
import type {Attempt} from './attempt.ts';
import {NodeClock} from './clock.ts';
import type {AnswerSeen, NodeSpec} from './system.ts';

/** Where a crash strikes, seen from the node's next commit. */
export type CrashMoment = 'before-commit' | 'after-commit';

/** An answer that a retried attempt must be given again. */
export interface PinnedAnswer {
  readonly to: string;
  readonly request: HttpRequest;
  readonly answer: AnswerSeen;
}

/** A process of the system, across its crashes. */
export class SimNode {
  readonly id: string;
  readonly spec: NodeSpec;
  readonly place: string;
  readonly clock = new NodeClock();
  /** Set for the second life of an identity: the node whose identity it is. */
  readonly twinOf: string | null;
  life: Life | null = null;
  lives = 0;
  release = 1;
  /** Crashes and faults that keep it from booting; it boots when the last of them ends. */
  heldDown = 0;
  /** Why its disk is not what it left, until a boot has dealt with it. */
  diskCause: 'restored' | 'rebuilt' | null = null;
  /** Cut off for ever, so that nothing can be asked of it. */
  cutOff = false;
  /** A twin whose time is over never boots again. */
  gone = false;

  constructor(spec: NodeSpec, twinOf: string | null = null) {
    this.id = spec.id;
    this.spec = spec;
    this.place = spec.place ?? spec.id;
    this.twinOf = twinOf;
  }
}

/** One stretch from boot to crash. */
export class Life {
  readonly node: SimNode;
  readonly number: number;
  alive = true;
  booted = false;
  program: unknown = null;
  handler: RequestHandler | null = null;
  acceptor: ((socket: Socket) => void) | null = null;
  receiver: ((body: Body, from: string) => void) | null = null;
  /** How many faults hold everything back, or only timers. */
  pauses = 0;
  freezes = 0;
  /** What was due meanwhile, in order. */
  readonly held: Happening[] = [];
  armedCrash: {readonly moment: CrashMoment; readonly downMs: number; readonly fault: string} | null = null;
  /** `next`: its next statement will never return; `hung`: one did not. */
  hang: 'next' | 'hung' | null = null;
  readonly attempts: Attempt[] = [];
  /** Kinds of the operations that run on it now. */
  readonly operations: string[] = [];
  /** Ids of the operations that it works for, its own or those whose requests it serves; the latest last. */
  readonly worksFor: string[] = [];
  /** Requests that have not been answered, and timers and statements that have not come: what a crash takes away. */
  pending = 0;
  pinned: PinnedAnswer[] | null = null;
  /** Answers that reached this life during its open attempt, for retrying it. */
  heard: PinnedAnswer[] | null = null;

  constructor(node: SimNode) {
    this.node = node;
    node.lives += 1;
    this.number = node.lives;
  }

  get id(): string {
    return this.node.id;
  }

  /** The operation that what it does now is taken to be for; empty if for none. */
  get owner(): string {
    return this.worksFor.at(-1) ?? '';
  }

  /** It no longer works for one of them. */
  doneFor(owner: string): void {
    const index = this.worksFor.lastIndexOf(owner);
    if (index >= 0) this.worksFor.splice(index, 1);
  }

  /** It met something that a retried attempt cannot be made to meet again: what was heard so far is not the whole story. */
  disturb(): void {
    this.heard = null;
    this.pinned = null;
  }
}

/** What a dead life's code gets to await. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
