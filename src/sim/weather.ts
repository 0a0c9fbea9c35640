/** Draws what happens to each message and statement: a function of the seed and of its identity, never of order. */
import type {CensusTaker} from './census.ts';
import {TextHash} from './digest.ts';
import {HAZARDS, type Hazard} from './hazards.ts';
import {Line, type Identity} from './identity.ts';
import type {Fate, Plan} from './plan.ts';
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

/** A hazard that this run has, with its chance of one in so many. */
interface Active {
  readonly hazard: Hazard;
  readonly chance: number;
  readonly suffix: string;
}

export class Weather {
  readonly #plan: Plan;
  readonly #tally: Tally;
  readonly #active: Readonly<Record<Leg, readonly Active[]>>;
  readonly #seed: TextHash;
  /** Tells draws after the plan's past from those that would have been. */
  readonly #anew: string;
  readonly #lines = new Map<string, Line>();
  readonly recordsOwners: boolean;
  /** Cleared when the world is healed: from then on everything is calm. */
  stormy = true;
  /** Where all that meets its fate is counted; null if nobody counts. */
  census: CensusTaker | null = null;

  readonly #now: () => number;

  /** `now`: virtual time in ms. */
  constructor(plan: Plan, tally: Tally, now: () => number, recordOwners = false) {
    this.#now = now;
    this.#plan = plan;
    this.recordsOwners = recordOwners;
    this.#tally = tally;
    this.#seed = TextHash.of(plan.seed);
    this.#anew = plan.anew === undefined ? '' : ` ${plan.anew.seed}`;
    const active = (leg: Leg): readonly Active[] =>
      LEG_HAZARDS[leg].flatMap(hazard => {
        const chance = plan.weather[hazard.id] ?? 0;
        return chance > 0 ? [{hazard, chance, suffix: ` ${hazard.id}`}] : [];
      });
    this.#active = {
      request: active('request'),
      response: active('response'),
      oneway: active('oneway'),
      socket: active('socket'),
      statement: active('statement'),
    };
  }

  /** Where things of one kind at one place are numbered. */
  line(name: string): Line {
    let line = this.#lines.get(name);
    if (line === undefined) {
      line = new Line(this.#seed, name, this.recordsOwners);
      this.#lines.set(name, line);
    }
    return line;
  }

  /** For which operation each message and statement was, by the name of its line, in order; empty if that is not recorded. */
  owners(): Record<string, readonly string[]> {
    return Object.fromEntries([...this.#lines].map(([name, {owners}]) => [name, owners ?? []]));
  }

  /** The fate of a message leg that nothing happens to. */
  calm(key: Identity): Fate {
    return {delayMs: key.stream().integer(BASE_DELAY_MS[0], BASE_DELAY_MS[1])};
  }

  /** The fate of one message leg. */
  message(key: Identity, leg: Exclude<Leg, 'statement'>): Fate {
    const base = key.stream().integer(BASE_DELAY_MS[0], BASE_DELAY_MS[1]);
    if (!this.stormy) return {delayMs: base};
    this.census?.leg(key, leg, base);
    if (this.#given) return this.#explicit(key, {delayMs: base});
    const act = this.#draw(key, leg);
    if (act === null) return {delayMs: base};
    const [hazard, arg] = act;
    const late = hazard.id === 'delay' || hazard.id === 'reorder' ? arg : 0;
    return this.#remember(key, {delayMs: base + late, act: hazard.id, arg});
  }

  /** The fate of one statement; statements are instant unless something happens to them. */
  statement(key: Identity): Fate {
    if (!this.stormy) return CALM_STATEMENT;
    this.census?.leg(key, 'statement', 0);
    if (this.#given) return this.#explicit(key, CALM_STATEMENT);
    const act = this.#draw(key, 'statement');
    if (act === null) return CALM_STATEMENT;
    const [hazard, arg] = act;
    return this.#remember(key, {delayMs: hazard.id === 'slow-statement' ? arg : 0, act: hazard.id, arg});
  }

  /** True where no statement can meet anything, so that none needs a key. */
  get calmDisk(): boolean {
    if (this.census !== null) return false;
    return !this.stormy || (this.#plan.fates === null && this.#active.statement.length === 0);
  }

  /** True while fates are those that the plan names. */
  get #given(): boolean {
    const {fates, anew} = this.#plan;
    return fates !== null && (anew === undefined || this.#now() < anew.fromMs);
  }

  #draw(key: Identity, leg: Leg): readonly [Hazard, number] | null {
    for (const {hazard, chance, suffix} of this.#active[leg]) {
      this.#tally.hazard(hazard.id, 'offered');
      // a stream of its own for each hazard: switching one off leaves what the others do as it was
      const stream = key.stream(this.#anew + suffix);
      if (stream.oneIn(likelier(hazard, key, chance))) return [hazard, stream.octave(...hazard.arg)];
    }
    return null;
  }

  #explicit(key: Identity, calm: Fate): Fate {
    const fate = this.#plan.fates?.[key.text];
    if (fate === undefined) return calm;
    if (fate.act !== undefined) this.#tally.hazard(hazardOf(fate.act), 'offered');
    return this.#remember(key, fate);
  }

  #remember(key: Identity, fate: Fate): Fate {
    if (fate.act !== undefined) this.#tally.hazard(hazardOf(fate.act), 'delivered');
    this.#tally.fate(key.text, fate);
    return fate;
  }
}

/** The first answers of a kind are lied about more often: kinds that are rare would else hardly ever be. */
function likelier(hazard: Hazard, key: Identity, chance: number): number {
  return hazard.id === 'tamper' && key.ordinal <= FIRST_ANSWERS ? Math.max(2, chance >> 2) : chance;
}

/** A fate may name the very lie that is told. */
const hazardOf = (act: string): string => (act.startsWith('tamper:') ? 'tamper' : act);

const FIRST_ANSWERS = 2;

const CALM_STATEMENT: Fate = {delayMs: 0};
