/** Draws what happens to each message and statement: a function of the seed and of its identity, never of order. */
import {HAZARDS, type Hazard} from './hazards.ts';
import type {Fate, Plan} from './plan.ts';
import {Stream} from './random.ts';
import type {Tally} from './tally.ts';

export type Leg = 'request' | 'response' | 'oneway' | 'socket' | 'statement';

const LEG_HAZARDS: Readonly<Record<Leg, readonly Hazard[]>> = {
  request: HAZARDS.filter(({kind}) => kind === 'message' || kind === 'request'),
  response: HAZARDS.filter(({kind}) => kind === 'message' || kind === 'response'),
  oneway: HAZARDS.filter(({id, kind}) => (kind === 'message' && id !== 'http-status') || kind === 'request'),
  socket: HAZARDS.filter(({id}) => id === 'delay' || id === 'reset'),
  statement: HAZARDS.filter(({kind}) => kind === 'statement'),
};

const BASE_DELAY_MS = [1, 20] as const;

export class Weather {
  readonly #plan: Plan;
  readonly #tally: Tally;
  readonly #active: Readonly<Record<Leg, readonly (readonly [Hazard, number])[]>>;
  readonly #ordinals = new Map<string, number>();
  /** Cleared when the world is healed: from then on everything is calm. */
  stormy = true;

  constructor(plan: Plan, tally: Tally) {
    this.#plan = plan;
    this.#tally = tally;
    const active = (leg: Leg): readonly (readonly [Hazard, number])[] =>
      LEG_HAZARDS[leg].flatMap(entry => {
        const chance = plan.weather[entry.id] ?? 0;
        return chance > 0 ? [[entry, chance] as const] : [];
      });
    this.#active = {
      request: active('request'),
      response: active('response'),
      oneway: active('oneway'),
      socket: active('socket'),
      statement: active('statement'),
    };
  }

  /** The next key of a kind: its name and how many came before. */
  nextKey(kind: string): string {
    const ordinal = (this.#ordinals.get(kind) ?? 0) + 1;
    this.#ordinals.set(kind, ordinal);
    return `${kind} #${ordinal}`;
  }

  /** The fate of one message leg. */
  message(key: string, leg: Exclude<Leg, 'statement'>): Fate {
    const base = Stream.keyed(this.#plan.seed, key).integer(...BASE_DELAY_MS);
    if (!this.stormy) return {delayMs: base};
    if (this.#plan.fates !== null) return this.#explicit(key, {delayMs: base});
    const act = this.#draw(key, leg);
    if (act === null) return {delayMs: base};
    const [hazard, arg] = act;
    const late = hazard.id === 'delay' || hazard.id === 'reorder' ? arg : 0;
    return this.#remember(key, {delayMs: base + late, act: hazard.id, arg});
  }

  /** The fate of one statement; statements are instant unless something happens to them. */
  statement(key: string): Fate {
    if (!this.stormy) return CALM_STATEMENT;
    if (this.#plan.fates !== null) return this.#explicit(key, CALM_STATEMENT);
    const act = this.#draw(key, 'statement');
    if (act === null) return CALM_STATEMENT;
    const [hazard, arg] = act;
    return this.#remember(key, {delayMs: hazard.id === 'slow-statement' ? arg : 0, act: hazard.id, arg});
  }

  /** True where no statement can meet anything, so that none needs a key. */
  get calmDisk(): boolean {
    return !this.stormy || (this.#plan.fates === null && this.#active.statement.length === 0);
  }

  #draw(key: string, leg: Leg): readonly [Hazard, number] | null {
    for (const [hazard, chance] of this.#active[leg]) {
      this.#tally.hazard(hazard.id, 'offered');
      // a stream of its own for each hazard: switching one off leaves what the others do as it was
      const stream = Stream.keyed(this.#plan.seed, `${key} ${hazard.id}`);
      if (stream.oneIn(chance)) return [hazard, stream.octave(...hazard.arg)];
    }
    return null;
  }

  #explicit(key: string, calm: Fate): Fate {
    const fate = this.#plan.fates?.[key];
    if (fate === undefined) return calm;
    if (fate.act !== undefined) this.#tally.hazard(fate.act, 'offered');
    return this.#remember(key, fate);
  }

  #remember(key: string, fate: Fate): Fate {
    if (fate.act !== undefined) this.#tally.hazard(fate.act, 'delivered');
    this.#tally.fate(key, fate);
    return fate;
  }
}

const CALM_STATEMENT: Fate = {delayMs: 0};
