/** Simulated sockets: ordered streams of messages that break rather than reorder, and of whose end one side may never hear. */
import {NetError, type Body, type Socket} from '../host.ts';
import {copyBody} from './bodies.ts';
import type {Core} from './core.ts';
import {bodyHash} from './digest.ts';
import type {Line} from './identity.ts';
import {never, type Life, type SimNode} from './life.ts';
import type {Paths} from './paths.ts';
import {stackless} from './stackless.ts';
import {tellFate} from './tell-fate.ts';

/** How long an end whose messages go nowhere takes to notice, ms. */
const NOTICE_AFTER_MS = 15_000;

type CloseReason = 'closed' | 'reset';

/** One end of a socket. */
class End implements Socket {
  readonly peer: string;
  readonly life: Life;
  readonly line: Line;
  other: End | null = null;
  open = true;
  /** A message was lost on the way: nothing that is sent after it may arrive. */
  broken = false;
  /** When the last message on its way to the other end arrives, so that the next does not overtake it. */
  lastArrival = 0;
  readonly #sockets: Sockets;
  readonly #kept: Body[] = [];
  #receive: ((body: Body) => void) | null = null;
  #closed: ((reason: CloseReason) => void) | null = null;
  /** Why it ended, until the node has been told. */
  #untold: CloseReason | null = null;

  constructor(sockets: Sockets, line: Line, life: Life, peer: string) {
    this.#sockets = sockets;
    this.line = line;
    this.life = life;
    this.peer = peer;
  }

  send(body: Body): void {
    if (this.open && this.life.alive) this.#sockets.carry(this, copyBody(body));
  }

  onMessage(receive: (body: Body) => void): void {
    this.#receive = receive;
    for (const body of this.#kept.splice(0)) receive(body);
  }

  onClose(closed: (reason: CloseReason) => void): void {
    this.#closed = closed;
    const reason = this.#untold;
    this.#untold = null;
    if (reason !== null) closed(reason);
  }

  close(): void {
    if (this.open && this.life.alive) this.#sockets.hangUp(this);
  }

  arrive(body: Body): void {
    if (!this.open) return;
    if (this.#receive === null) this.#kept.push(body);
    else this.#receive(body);
  }

  end(reason: CloseReason): void {
    if (!this.open) return;
    this.open = false;
    if (this.#closed === null) this.#untold = reason;
    else this.#closed(reason);
  }
}

export class Sockets {
  readonly #core: Core;
  readonly #paths: Paths;
  readonly #resolve: (to: string, turn: () => number) => SimNode | undefined;
  readonly #ends = new Set<End>();

  constructor(core: Core, paths: Paths, resolve: (to: string, turn: () => number) => SimNode | undefined) {
    this.#core = core;
    this.#paths = paths;
    this.#resolve = resolve;
  }

  dial(caller: Life, to: string, timeoutMs: number): Promise<Socket> {
    if (!caller.alive) return never();
    const core = this.#core;
    const key = core.weather.line(`${caller.id}>${to} dial`).next(caller.owner);
    const target = this.#resolve(to, () => key.stream(' turn').integer(0, 0xffff));
    const fate = core.weather.message(key, 'socket');
    core.messages += 1;
    core.event('send', caller.id, to, 0, 'dial', '');
    tellFate(core, caller.id, key, fate);
    return new Promise((resolve, reject) => {
      let settled = false;
      const fail = (code: 'timeout' | 'refused' | 'reset' | 'unreachable'): void => {
        if (settled) return;
        settled = true;
        timeout.cancelled = true;
        caller.disturb();
        core.event('fail', caller.id, to, 0, code);
        reject(stackless(() => new NetError(code, `dial to ${to}: ${code}`)));
      };
      const timeout = core.schedule(timeoutMs, caller, 'timer', () => fail('timeout'));
      if (target === undefined) {
        core.schedule(1, caller, 'io', () => fail('unreachable'));
        return;
      }
      const arrival = this.#paths.arrival(caller.id, target.id, fate.delayMs);
      if (arrival === null) return;
      if (fate.act === 'reset') {
        core.tally.hazard('reset', 'effective');
        core.schedule(arrival, caller, 'io', () => fail('reset'));
        return;
      }
      core.scheduleWorld(arrival, () => {
        const {life} = target;
        const back = this.#paths.arrival(target.id, caller.id, 1);
        if (life === null || !life.alive || life.acceptor === null) {
          if (back !== null) core.schedule(back, caller, 'io', () => fail('refused'));
          return;
        }
        core.schedule(0, life, 'io', () => {
          if (!caller.alive) return;
          const near = this.#end(caller, target.id);
          const far = this.#end(life, caller.id);
          near.other = far;
          far.other = near;
          this.#ends.add(near).add(far);
          core.event('arrive', life.id, caller.id, 0, 'dial');
          if (back === null) {
            near.open = false;
          } else {
            near.lastArrival = core.now;
            far.lastArrival = core.now + back;
            core.schedule(back, caller, 'io', () => {
              if (settled) {
                near.close();
                return;
              }
              settled = true;
              timeout.cancelled = true;
              caller.disturb();
              resolve(near);
            });
          }
          life.acceptor?.(far);
        });
      });
    });
  }

  #end(life: Life, peer: string): End {
    return new End(this, this.#core.weather.line(`${life.id}>${peer} socket`), life, peer);
  }

  /** Carries one message to the other end, after all that was sent before it. */
  carry(from: End, body: Body): void {
    const core = this.#core;
    const to = from.other;
    if (to === null) return;
    const key = from.line.next(from.life.owner);
    const fate = core.weather.message(key, 'socket');
    core.messages += 1;
    core.event('send', from.life.id, from.peer, 0, 'socket', bodyHash(body));
    tellFate(core, from.life.id, key, fate);
    if (from.broken) return;
    const arrival = this.#paths.arrival(from.life.id, to.life.id, fate.delayMs);
    if (fate.act === 'reset') {
      core.tally.hazard('reset', 'effective');
      from.broken = true;
      this.#break(from, arrival ?? NOTICE_AFTER_MS);
      this.#break(to, arrival ?? NOTICE_AFTER_MS);
      return;
    }
    if (arrival === null || !to.open) {
      // nothing answers: the sender gives up after a while, the other end learns nothing
      from.broken = true;
      this.#break(from, NOTICE_AFTER_MS);
      return;
    }
    const at = Math.max(from.lastArrival, core.now + arrival);
    from.lastArrival = at;
    if (fate.act === 'delay') core.tally.hazard('delay', 'effective');
    core.schedule(at - core.now, to.life, 'io', () => {
      core.event('arrive', to.life.id, from.life.id, 0, 'socket');
      core.observe({kind: 'message', node: to.life.id, from: from.life.id, body});
      to.life.disturb();
      to.arrive(body);
    });
  }

  hangUp(end: End): void {
    end.open = false;
    this.#ends.delete(end);
    const {other} = end;
    if (other === null || end.broken) return;
    const arrival = this.#paths.arrival(end.life.id, other.life.id, 1);
    if (arrival === null) return;
    const at = Math.max(end.lastArrival, this.#core.now + arrival);
    this.#core.schedule(at - this.#core.now, other.life, 'io', () => this.#finish(other, 'closed'));
  }

  /** A life ended: its ends are gone; the others learn of it if they can be reached. */
  abandon(life: Life): void {
    for (const end of [...this.#ends]) {
      if (end.life !== life) continue;
      end.open = false;
      this.#ends.delete(end);
      const {other} = end;
      if (other === null || !other.life.alive) continue;
      const arrival = this.#paths.arrival(life.id, other.life.id, 1);
      if (arrival !== null)
        this.#core.schedule(arrival, other.life, 'io', () => this.#finish(other, 'reset'));
    }
  }

  /** The far ends of a node's sockets vanish; the node is not told. Returns how many. */
  halfOpen(node: string): number {
    let count = 0;
    for (const end of [...this.#ends]) {
      if (end.life.id !== node || end.other?.open !== true) continue;
      count += 1;
      this.#break(end.other, 1);
    }
    return count;
  }

  #break(end: End, afterMs: number): void {
    this.#core.schedule(afterMs, end.life, 'io', () => this.#finish(end, 'reset'));
  }

  #finish(end: End, reason: CloseReason): void {
    this.#ends.delete(end);
    end.life.disturb();
    end.end(reason);
  }
}
