/** The simulated network for requests and one-way messages: bytes are copied at the border, every leg has its own fate. */
import {NetError, type Body, type HttpRequest, type HttpResponse, type NetErrorCode} from '../host.ts';
import type {Happening} from './agenda.ts';
import {Answers, proxyAnswer} from './answers.ts';
import {copyBody, copyRequest, copyResponse, requestKind, sameRequest} from './bodies.ts';
import {SIM_CLAIMS, type Core} from './core.ts';
import {bodyHash} from './digest.ts';
import {never, type Life, type SimNode} from './life.ts';
import {Links} from './links.ts';
import type {Fate} from './plan.ts';
import {Stream} from './random.ts';
import type {AnswerSeen, Tamper} from './system.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;

/** One request on its way, from sending to answer or giving up. */
interface Exchange {
  readonly number: number;
  readonly asker: Life;
  readonly to: string;
  readonly kind: string;
  /** Identity of the request: link, kind, ordinal. */
  readonly key: string;
  readonly link: string;
  readonly request: HttpRequest;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: NetError) => void;
  timeout: Happening | null;
  settled: boolean;
}

export class Network {
  readonly #core: Core;
  readonly #answers: Answers;
  readonly links = new Links();
  /** Resolves a node id or an address to a node, by turns where several share it. */
  readonly #resolve: (to: string, turn: number) => SimNode | undefined;
  /** Requests that a life is working on, so that its crash resets them. */
  readonly #serving = new Map<Life, Set<Exchange>>();
  readonly #sendOrder = new Map<string, {next: number; delivered: number}>();
  #exchanges = 0;

  constructor(
    core: Core,
    tampers: readonly Tamper[],
    resolve: (to: string, turn: number) => SimNode | undefined,
  ) {
    this.#core = core;
    this.#answers = new Answers(core.plan.seed, tampers);
    this.#resolve = resolve;
  }

  request(asker: Life, to: string, original: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
    if (!asker.alive) return never();
    const core = this.#core;
    const request = copyRequest(original);
    const kind = requestKind(request);
    const link = `${asker.id}>${to} ${kind}`;
    return new Promise((resolve, reject) => {
      this.#exchanges += 1;
      const key = core.weather.nextKey(link);
      const exchange: Exchange = {
        number: this.#exchanges,
        asker,
        to,
        kind,
        key,
        link,
        request,
        resolve,
        reject,
        timeout: null,
        settled: false,
      };
      asker.pending += 1;
      core.messages += 1;
      core.event('send', asker.id, to, exchange.number, kind, bodyHash(request.body));
      core.observe({kind: 'sent', node: asker.id, to, request});
      if (this.#answerPinned(exchange)) return;
      exchange.timeout = core.schedule(timeoutMs, asker, 'timer', () =>
        this.#fail(exchange, 'timeout', null),
      );
      this.#sendRequest(exchange);
    });
  }

  /** A retried attempt is given the answers that its first try was given. */
  #answerPinned(exchange: Exchange): boolean {
    const pinned = exchange.asker.pinned;
    if (pinned === null) return false;
    const next = pinned[0];
    if (next === undefined || next.to !== exchange.to || !sameRequest(next.request, exchange.request)) {
      exchange.asker.pinned = null;
      return false;
    }
    pinned.shift();
    this.#core.schedule(1, exchange.asker, 'io', () => {
      if (next.answer.kind === 'http') this.#deliver(exchange, 0, next.answer.response, 'pinned');
      else this.#fail(exchange, next.answer.code, 'pinned');
    });
    return true;
  }

  #sendRequest(exchange: Exchange): void {
    const core = this.#core;
    const key = `${exchange.key} req`;
    const fate = core.weather.message(key, 'request');
    this.#traceFate(exchange.asker.id, key, fate);
    switch (fate.act) {
      case 'lose-request':
        core.tally.hazard('lose-request', 'effective');
        return;
      case 'http-status':
        core.tally.hazard('http-status', 'effective');
        core.schedule(fate.delayMs, exchange.asker, 'io', () =>
          this.#deliver(exchange, 0, proxyAnswer(fate.arg ?? 1), 'http-status'),
        );
        return;
      case 'duplicate':
        this.#carryRequest(exchange, fate.delayMs + (fate.arg ?? 1), fate, true);
        break;
      default:
    }
    this.#carryRequest(exchange, fate.delayMs, fate, false);
  }

  #carryRequest(exchange: Exchange, delayMs: number, fate: Fate, copy: boolean): void {
    const core = this.#core;
    const turn = Stream.keyed(core.plan.seed, `${exchange.key} turn`).integer(0, 0xffff);
    const target = this.#resolve(exchange.to, turn);
    if (target === undefined) {
      core.schedule(1, exchange.asker, 'io', () => this.#fail(exchange, 'unreachable', null));
      return;
    }
    const arrival = this.#arrival(exchange.asker.id, target.id, delayMs);
    if (arrival === null) return;
    const order = this.#sent(`${exchange.asker.id}>${target.id}`);
    core.scheduleWorld(arrival, () => this.#arrive(exchange, target, fate, copy, order));
  }

  #arrive(exchange: Exchange, target: SimNode, fate: Fate, copy: boolean, order: number): void {
    const core = this.#core;
    const life = target.life;
    if (life === null || !life.alive || life.handler === null) {
      if (!copy) this.#sendBack(exchange, target, () => this.#fail(exchange, 'refused', null));
      return;
    }
    core.schedule(0, life, 'io', () => {
      this.#noteArrival(`${exchange.asker.id}>${target.id}`, order, fate, !exchange.settled);
      if (copy) core.tally.hazard('duplicate', 'effective');
      this.#serve(exchange, life);
    });
  }

  #serve(exchange: Exchange, life: Life): void {
    const core = this.#core;
    const {handler} = life;
    if (handler === null) return;
    core.event('arrive', life.id, exchange.asker.id, exchange.number, exchange.kind);
    const request = copyRequest(exchange.request);
    const about = {
      exchange: exchange.number,
      node: life.id,
      from: exchange.asker.id,
      request: exchange.request,
    };
    core.observe({kind: 'request', ...about});
    const serving = this.#serving.get(life) ?? new Set<Exchange>();
    serving.add(exchange);
    this.#serving.set(life, serving);
    let answering: Promise<HttpResponse>;
    try {
      answering = handler(request, exchange.asker.id);
    } catch (error) {
      answering = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    answering.then(
      response => {
        if (!life.alive) return;
        serving.delete(exchange);
        const answer = copyResponse(response);
        core.event(
          'answer',
          life.id,
          exchange.asker.id,
          exchange.number,
          answer.status,
          bodyHash(answer.body),
        );
        core.observe({kind: 'response', ...about, response: answer});
        this.#sendAnswer(exchange, life.node, answer);
      },
      (error: unknown) => {
        if (!life.alive) return;
        const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        core.violate(
          SIM_CLAIMS.crash,
          {code: 'handler', stage: exchange.kind, node: life.id, message: `a request handler threw: ${text}`},
          life.node.spec.role,
        );
      },
    );
  }

  #sendAnswer(exchange: Exchange, server: SimNode, honest: HttpResponse): void {
    const core = this.#core;
    const key = `${exchange.key} res`;
    const fate = core.weather.message(key, 'response');
    this.#traceFate(server.id, key, fate);
    const about = {
      link: exchange.link,
      kind: exchange.kind,
      asker: exchange.asker.id,
      request: exchange.request,
    };
    const bent = this.#answers.bend(fate, key, about, honest);
    this.#answers.remember(exchange.link, exchange.kind, exchange.asker.id, honest);
    if (fate.act === 'lose-response') {
      if (!exchange.settled) core.tally.hazard('lose-response', 'effective');
      return;
    }
    const arrival = this.#arrival(server.id, exchange.asker.id, fate.delayMs);
    if (arrival === null) return;
    const order = this.#sent(`${server.id}>${exchange.asker.id}`);
    core.schedule(arrival, exchange.asker, 'io', () => {
      this.#noteArrival(`${server.id}>${exchange.asker.id}`, order, fate, !exchange.settled);
      if (exchange.settled) return;
      if (fate.act === 'reset') {
        core.tally.hazard('reset', 'effective');
        this.#fail(exchange, 'reset', 'reset');
        return;
      }
      if (bent !== null) this.#countBent(fate.act ?? '', bent.act);
      this.#deliver(exchange, exchange.number, bent?.answer ?? honest, bent?.act ?? null);
    });
  }

  #countBent(hazard: string, act: string): void {
    const tally = this.#core.tally;
    const id = hazard.startsWith('tamper:') ? 'tamper' : hazard;
    tally.hazard(id, 'effective');
    if (act !== id) {
      tally.hazard(act, 'offered');
      tally.hazard(act, 'delivered');
      tally.hazard(act, 'effective');
    }
  }

  /** An answer reaches the node that asked. */
  #deliver(exchange: Exchange, number: number, response: HttpResponse, act: string | null): void {
    if (exchange.settled) return;
    this.#settle(exchange, number, {kind: 'http', response}, act);
    this.#core.event('receive', exchange.asker.id, exchange.to, exchange.number, response.status, act ?? '');
    exchange.resolve(copyResponse(response));
  }

  #fail(exchange: Exchange, code: NetErrorCode, act: string | null): void {
    if (exchange.settled) return;
    this.#settle(exchange, exchange.number, {kind: 'failure', code}, act);
    this.#core.event('fail', exchange.asker.id, exchange.to, exchange.number, code);
    exchange.reject(new NetError(code, `${exchange.kind} to ${exchange.to}: ${code}`));
  }

  #settle(exchange: Exchange, number: number, answer: AnswerSeen, act: string | null): void {
    const {asker, request, to} = exchange;
    exchange.settled = true;
    asker.pending -= 1;
    if (exchange.timeout !== null) exchange.timeout.cancelled = true;
    asker.heard?.push({to, request, answer});
    this.#core.observe({kind: 'answer', exchange: number, node: asker.id, to, request, answer, act});
  }

  /** A life ended: what it was serving is reset, as the operating system would. */
  abandon(life: Life): void {
    const serving = this.#serving.get(life);
    this.#serving.delete(life);
    for (const exchange of serving ?? []) {
      this.#sendBack(exchange, life.node, () => this.#fail(exchange, 'reset', null));
    }
  }

  #sendBack(exchange: Exchange, from: SimNode, act: () => void): void {
    if (!exchange.asker.alive) return;
    const arrival = this.#arrival(from.id, exchange.asker.id, 1);
    if (arrival !== null) this.#core.schedule(arrival, exchange.asker, 'io', act);
  }

  send(sender: Life, to: string, original: Body): void {
    if (!sender.alive) return;
    const core = this.#core;
    const body = copyBody(original);
    const target = this.#resolve(to, 0);
    const key = core.weather.nextKey(`${sender.id}>${to} send`);
    const fate = core.weather.message(key, 'oneway');
    core.messages += 1;
    core.event('send', sender.id, to, 0, 'send', bodyHash(body));
    this.#traceFate(sender.id, key, fate);
    if (target === undefined) return;
    if (fate.act === 'lose-request') {
      core.tally.hazard('lose-request', 'effective');
      return;
    }
    const copies = fate.act === 'duplicate' ? [fate.delayMs, fate.delayMs + (fate.arg ?? 1)] : [fate.delayMs];
    copies.forEach((delayMs, index) => {
      const arrival = this.#arrival(sender.id, target.id, delayMs);
      if (arrival === null) return;
      const order = this.#sent(`${sender.id}>${target.id}`);
      core.scheduleWorld(arrival, () => {
        const life = target.life;
        if (life === null || !life.alive || life.receiver === null) return;
        core.schedule(0, life, 'io', () => {
          this.#noteArrival(`${sender.id}>${target.id}`, order, fate, true);
          if (index === 1) core.tally.hazard('duplicate', 'effective');
          core.event('arrive', life.id, sender.id, 0, 'send');
          core.observe({kind: 'message', node: life.id, from: sender.id, body});
          life.receiver?.(copyBody(body), sender.id);
        });
      });
    });
  }

  /** How long a message takes from here on, or null if it is lost to a partition. */
  #arrival(from: string, to: string, delayMs: number): number | null {
    const blocked = this.links.blockedBy(from, to);
    if (blocked !== null) {
      this.#core.tally.hazard(blocked, 'effective');
      return null;
    }
    let arrival = delayMs;
    const times = this.links.slowness(from, to);
    if (times > 1) {
      this.#core.tally.hazard('slow-link', 'effective');
      arrival *= times;
    }
    const until = this.links.cloggedUntil(from, to) - this.#core.now;
    if (until > arrival) {
      this.#core.tally.hazard('clog', 'effective');
      arrival = until;
    }
    return arrival;
  }

  /** Numbers a message on its link, so that its being overtaken can be seen. */
  #sent(link: string): number {
    const order = this.#sendOrder.get(link) ?? {next: 0, delivered: 0};
    order.next += 1;
    this.#sendOrder.set(link, order);
    return order.next;
  }

  #noteArrival(link: string, order: number, fate: Fate, matters: boolean): void {
    const orders = this.#sendOrder.get(link);
    if (orders === undefined) return;
    if (order < orders.delivered && fate.act === 'reorder') this.#core.tally.hazard('reorder', 'effective');
    orders.delivered = Math.max(orders.delivered, order);
    if (matters && fate.act === 'delay') this.#core.tally.hazard('delay', 'effective');
  }

  #traceFate(node: string, key: string, fate: Fate): void {
    if (fate.act !== undefined) this.#core.event('fate', node, key, fate.act, fate.arg ?? 0);
  }
}
