/** The simulated network for requests: bytes are copied at the border, every leg has its own fate. */
import {NetError, type HttpRequest, type HttpResponse, type NetErrorCode} from '../host.ts';
import {Answers, proxyAnswer} from './answers.ts';
import {copyRequest, copyResponse, requestKind, sameRequest} from './bodies.ts';
import {SIM_CLAIMS, type Core} from './core.ts';
import {bodyHash} from './digest.ts';
import type {Exchange} from './exchange.ts';
import type {Identity} from './identity.ts';
import {never, type Life, type SimNode} from './life.ts';
import type {Links} from './links.ts';
import {Paths} from './paths.ts';
import type {Fate} from './plan.ts';
import {stackless} from './stackless.ts';
import type {AnswerSeen, Tamper} from './system.ts';
import {tellFate} from './tell-fate.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;

export class Network {
  readonly #core: Core;
  readonly #answers: Answers;
  readonly paths: Paths;
  /** Nodes whose every answer is tampered with in one way, and the number that picks it. */
  readonly stubborn = new Map<string, number>();
  /** Resolves a node id or an address to a node, by turns where several share it. */
  readonly #resolve: (to: string, turn: () => number) => SimNode | undefined;
  /** Requests that a life is working on, so that its crash resets them. */
  readonly #serving = new Map<Life, Set<Exchange>>();
  #exchanges = 0;
  #servings = 0;

  constructor(
    core: Core,
    tampers: readonly Tamper[],
    resolve: (to: string, turn: () => number) => SimNode | undefined,
  ) {
    this.#core = core;
    this.#answers = new Answers(tampers, core.weather.census);
    this.paths = new Paths(core);
    this.#resolve = resolve;
  }

  get links(): Links {
    return this.paths.links;
  }

  request(asker: Life, to: string, original: HttpRequest, timeoutMs: number): Promise<HttpResponse> {
    if (!asker.alive) return never();
    const core = this.#core;
    const request = copyRequest(original);
    const kind = requestKind(request);
    const link = `${asker.id}>${to} ${kind}`;
    return new Promise((resolve, reject) => {
      this.#exchanges += 1;
      const {owner} = asker;
      const key = core.weather.line(link).next(owner);
      const exchange: Exchange = {
        number: this.#exchanges,
        asker,
        owner,
        to,
        kind,
        key,
        link,
        request,
        heard: asker.heard,
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

  /** A stubborn peer answers everything and at once; what it says is another matter. */
  #fate(exchange: Exchange, key: Identity, leg: 'request' | 'response'): Fate {
    const {weather} = this.#core;
    return this.stubborn.has(exchange.asker.id) ? weather.calm(key) : weather.message(key, leg);
  }

  #sendRequest(exchange: Exchange): void {
    const core = this.#core;
    const key = exchange.key.leg('req');
    const fate = this.#fate(exchange, key, 'request');
    tellFate(core, exchange.asker.id, key, fate);
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
    const target = this.#resolve(exchange.to, () => exchange.key.stream(' turn').integer(0, 0xffff));
    if (target === undefined) {
      core.schedule(1, exchange.asker, 'io', () => this.#fail(exchange, 'unreachable', null));
      return;
    }
    const arrival = this.paths.arrival(exchange.asker.id, target.id, delayMs);
    if (arrival === null) return;
    const path = this.paths.between(exchange.asker.id, target.id);
    const order = (path.sent += 1);
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
      const path = this.paths.between(exchange.asker.id, target.id);
      this.paths.noteArrival(path, order, fate);
      if (copy) core.tally.hazard('duplicate', 'effective');
      this.#serve(exchange, life, copy);
    });
  }

  #serve(exchange: Exchange, life: Life, copy: boolean): void {
    const core = this.#core;
    const {handler} = life;
    if (handler === null) return;
    life.disturb();
    life.worksFor.push(exchange.owner);
    this.#servings += 1;
    core.event('arrive', life.id, exchange.asker.id, exchange.number, exchange.kind);
    const request = copyRequest(exchange.request);
    const about = {
      serving: this.#servings,
      exchange: exchange.number,
      node: life.id,
      from: exchange.asker.id,
      request: exchange.request,
    };
    core.observe({kind: 'request', ...about});
    const serving = this.#serving.get(life) ?? new Set<Exchange>();
    serving.add(exchange);
    this.#serving.set(life, serving);
    // what is no answer is the handler's failure as well
    const answering = (async () => copyResponse(await handler(request, exchange.asker.id)))();
    answering.then(
      answer => {
        if (!life.alive) return;
        serving.delete(exchange);
        life.doneFor(exchange.owner);
        core.event(
          'answer',
          life.id,
          exchange.asker.id,
          exchange.number,
          answer.status,
          bodyHash(answer.body),
        );
        core.observe({kind: 'response', ...about, response: answer});
        this.#sendAnswer(exchange, life.node, answer, copy);
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

  #sendAnswer(exchange: Exchange, server: SimNode, honest: HttpResponse, copy: boolean): void {
    const core = this.#core;
    const key = exchange.key.leg(copy ? 'res of the copy' : 'res');
    const fate = this.#fate(exchange, key, 'response');
    tellFate(core, server.id, key, fate);
    const about = {
      link: exchange.link,
      kind: exchange.kind,
      asker: exchange.asker.id,
      request: exchange.request,
    };
    const stubborn = this.stubborn.get(exchange.asker.id);
    const bent =
      stubborn === undefined
        ? this.#answers.bend(fate, key, about, honest)
        : this.#answers.stubborn(stubborn, key, about, honest);
    if (bent !== null && fate.act === 'tamper') core.tally.fate(key.text, {...fate, act: bent.act});
    this.#answers.remember(exchange.link, exchange.kind, exchange.asker.id, honest);
    if (fate.act === 'lose-response') {
      if (!exchange.settled) core.tally.hazard('lose-response', 'effective');
      return;
    }
    const arrival = this.paths.arrival(server.id, exchange.asker.id, fate.delayMs);
    if (arrival === null) return;
    const path = this.paths.between(server.id, exchange.asker.id);
    const order = (path.sent += 1);
    core.schedule(arrival, exchange.asker, 'io', () => {
      this.paths.noteArrival(path, order, fate);
      if (exchange.settled) return;
      if (fate.act === 'reset') {
        core.tally.hazard('reset', 'effective');
        this.#fail(exchange, 'reset', 'reset');
        return;
      }
      if (bent !== null) this.#countBent(fate.act ?? 'stubborn-peer', bent.act);
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
    exchange.reject(stackless(() => new NetError(code, `${exchange.kind} to ${exchange.to}: ${code}`)));
  }

  #settle(exchange: Exchange, number: number, answer: AnswerSeen, act: string | null): void {
    const {asker, request, to} = exchange;
    exchange.settled = true;
    asker.pending -= 1;
    if (exchange.timeout !== null) exchange.timeout.cancelled = true;
    // asked before the attempt began, it is not asked again by a retry
    if (asker.heard !== exchange.heard) asker.heard = null;
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
    const arrival = this.paths.arrival(from.id, exchange.asker.id, 1);
    if (arrival !== null) this.#core.schedule(arrival, exchange.asker, 'io', act);
  }
}
