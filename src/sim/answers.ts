/** What becomes of an answer on its way: cut short, replaced, replayed, tampered with. Pure but for what it remembers. */
import type {HttpResponse, HttpRequest} from '../host.ts';
import {sameResponse} from './bodies.ts';
import type {CensusTaker, Instead} from './census.ts';
import type {Identity} from './identity.ts';
import type {Fate} from './plan.ts';
import type {Tamper} from './system.ts';

const REMEMBERED = 16;
/** How many tampers are tried on an answer before it goes through untouched. */
const MAX_TURNS = 12;
const PROXY_STATUS = [429, 500, 502, 503, 504] as const;

/** An answer that no server of the system gave: a proxy's. */
export function proxyAnswer(arg: number): HttpResponse {
  const status = PROXY_STATUS[arg % PROXY_STATUS.length] ?? 503;
  return arg % 2 === 0
    ? {status, headers: {'content-type': 'application/json'}, body: '{"error":"temporarily unavailable"}'}
    : {status, headers: {'content-type': 'text/html'}, body: '<html><body>Bad gateway</body></html>'};
}

export class Answers {
  readonly #tampers: readonly Tamper[];
  readonly #census: CensusTaker | null;
  readonly #byLink = new Map<string, HttpResponse[]>();
  readonly #byKind = new Map<string, Map<string, HttpResponse>>();

  constructor(tampers: readonly Tamper[], census: CensusTaker | null = null) {
    this.#tampers = tampers;
    this.#census = census;
  }

  /** Remembers an honest answer for replays and tampers to come. */
  remember(link: string, kind: string, asker: string, answer: HttpResponse): void {
    const earlier = this.#byLink.get(link) ?? [];
    earlier.push(answer);
    if (earlier.length > REMEMBERED) earlier.shift();
    this.#byLink.set(link, earlier);
    const others = this.#byKind.get(kind) ?? new Map<string, HttpResponse>();
    others.set(asker, answer);
    this.#byKind.set(kind, others);
  }

  /**
   * The answer as it will arrive, and the id of the hazard or tamper that changed it; null if nothing did.
   * Call before {@link remember} of the same answer.
   */
  bend(
    fate: Fate,
    key: Identity,
    about: {link: string; kind: string; asker: string; request: HttpRequest},
    answer: HttpResponse,
  ): {answer: HttpResponse; act: string} | null {
    this.#census?.answer(key, () => this.#instead(key, about, answer));
    const bent = this.#bent(fate, key, about, answer);
    return bent === null || sameResponse(bent.answer, answer) ? null : bent;
  }

  /** All that could be put in place of an answer. */
  #instead(
    key: Identity,
    about: {link: string; kind: string; asker: string; request: HttpRequest},
    answer: HttpResponse,
  ): Instead {
    const fitting = this.#tampers.filter(({matches}) => matches(about.request));
    const telling = fitting.filter(tamper => {
      const told = this.#apply(tamper, 1, key, about, answer);
      return told !== null && !sameResponse(told.answer, answer);
    });
    const earlier = this.#byLink.get(about.link)?.length ?? 0;
    return {earlier, tampers: telling.map(({id}) => id), blank: fitting.length - telling.length};
  }

  /** The answer as a peer gives it that tampers with everything in the one way that `pick` picks among all tampers. */
  stubborn(
    pick: number,
    key: Identity,
    about: {link: string; kind: string; asker: string; request: HttpRequest},
    answer: HttpResponse,
  ): {answer: HttpResponse; act: string} | null {
    const tamper = this.#pick(pick);
    if (tamper === undefined || !tamper.matches(about.request)) return null;
    return this.bend({delayMs: 0, act: `tamper:${tamper.id}`, arg: pick}, key, about, answer);
  }

  /** The tamper that a number picks, each as often as its weight. */
  #pick(pick: number): Tamper | undefined {
    const total = this.#tampers.reduce((sum, {stubbornWeight = 1}) => sum + stubbornWeight, 0);
    let ticket = pick % Math.max(1, total);
    return this.#tampers.find(({stubbornWeight = 1}) => (ticket -= stubbornWeight) < 0);
  }

  #bent(
    fate: Fate,
    key: Identity,
    about: {link: string; kind: string; asker: string; request: HttpRequest},
    answer: HttpResponse,
  ): {answer: HttpResponse; act: string} | null {
    const arg = fate.arg ?? 1;
    const act = fate.act ?? '';
    switch (act) {
      case 'http-status':
        return {answer: proxyAnswer(arg), act};
      case 'truncate': {
        const keep = Math.trunc((answer.body.length * arg) / 1000);
        return {answer: {...answer, body: answer.body.slice(0, keep)}, act};
      }
      case 'not-json':
        return {answer: {...answer, body: '<!doctype html><title>Sign in to the network</title>'}, act};
      case 'late-replay': {
        const earlier = this.#byLink.get(about.link) ?? [];
        const replayed = earlier[earlier.length - 1 - ((arg - 1) % Math.max(1, earlier.length))];
        return replayed === undefined ? null : {answer: replayed, act};
      }
      default:
        return act === 'tamper' || act.startsWith('tamper:')
          ? this.#tampered(act, arg, key, about, answer)
          : null;
    }
  }

  #tampered(
    act: string,
    arg: number,
    key: Identity,
    about: {link: string; kind: string; asker: string; request: HttpRequest},
    answer: HttpResponse,
  ): {answer: HttpResponse; act: string} | null {
    const fitting = this.#tampers.filter(({matches}) => matches(about.request));
    if (act !== 'tamper')
      return this.#apply(
        fitting.find(({id}) => `tamper:${id}` === act),
        arg,
        key,
        about,
        answer,
      );
    const first = key.stream(` which ${arg}`).integer(0, Math.max(0, fitting.length - 1));
    // many a lie has nothing to hold on to in this answer: the next in line is told instead
    for (let turn = 0; turn < Math.min(MAX_TURNS, fitting.length); turn += 1) {
      const told = this.#apply(fitting[(first + turn) % fitting.length], arg, key, about, answer);
      if (told !== null && !sameResponse(told.answer, answer)) return told;
    }
    return null;
  }

  #apply(
    tamper: Tamper | undefined,
    arg: number,
    key: Identity,
    about: {link: string; kind: string; asker: string; request: HttpRequest},
    answer: HttpResponse,
  ): {answer: HttpResponse; act: string} | null {
    if (tamper === undefined) return null;
    const others = new Map(this.#byKind.get(about.kind) ?? []);
    others.delete(about.asker);
    const changed = tamper.apply(answer, {
      request: about.request,
      earlier: this.#byLink.get(about.link) ?? [],
      others,
      random: key.stream(` how ${arg}`),
    });
    return changed === null ? null : {answer: changed, act: `tamper:${tamper.id}`};
  }
}
