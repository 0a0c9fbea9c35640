/** Folders of results for tests of merging: made by campaigns of toys, or written by hand. */
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {writeBundle} from '../../src/cli/bundle/bundle.ts';
import {folderOf} from '../../src/cli/signature-folder.ts';
import {CAMPAIGN_SCHEMA, type StoredShard} from '../../src/sim/campaign.ts';
import type {Plan} from '../../src/sim/plan.ts';
import {aPage} from '../report/findings.ts';
import {aFinding, aPlan, aViolation, SEED} from '../report/samples.ts';
import {aShard, aSum} from '../sim/merge-shards.ts';
import {Console} from './console.ts';
import {toyModule} from './toy.ts';

const SIGNATURE = 'TOY-1/add/high/peer';

/** A toy that breaks its claim in some runs, in one of three ways. */
const many = toyModule('brittle')
  .replace("code: 'high'", "code: 'high' + (ledger.sum % 3)")
  .replaceAll('toy-brittle', 'toy-many');

/** Files by their path, as text; what is not text is compared as it is decoded. */
export type Tree = Readonly<Record<string, string>>;

export class MergeBox extends Console {
  constructor() {
    super();
    this.write('sound.mjs', toyModule('sound'));
    this.write('brittle.mjs', toyModule('brittle'));
    this.write('many.mjs', many);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  put(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), {recursive: true});
    writeFileSync(this.path(name), content);
  }

  /** Every file below a folder. */
  tree(folder: string): Tree {
    const files = readdirSync(this.path(folder), {recursive: true, withFileTypes: true})
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
    return Object.fromEntries(
      files.sort((a, b) => (a < b ? -1 : 1)).map(file => [file, readFileSync(file, 'latin1')] as const),
    );
  }

  /** A folder of results with these shards, of the sound toy unless they say otherwise. */
  results(folder: string, ...shards: readonly Partial<StoredShard>[]): string {
    const all = shards.map(shard => aShard({system: 'toy-sound', ...shard}));
    this.put(`${folder}/campaign.json`, JSON.stringify({schema: CAMPAIGN_SCHEMA, shards: all}));
    return folder;
  }

  /**
   * A folder with one shard of the brittle toy, which has found one thing, and what is stored of it: a bundle whose plan
   * has so many operations and one fault; or, if it is not complete, the plan alone.
   */
  found(folder: string, index: number, stored: StoredBundle): string {
    const {operations, seed = SEED, complete = true, signature = SIGNATURE} = stored;
    const violation = aViolation({signature, claim: 'TOY-1'});
    const finding = {...aFinding({signature, claim: 'TOY-1', seed}), index, count: 10 * index, violation};
    this.results(folder, {
      system: 'toy-brittle',
      shard: {index, of: 3},
      sum: aSum({probes: {added: 1}, findings: {[signature]: finding}}),
    });
    const plan = planOf(stored.system ?? 'toy-brittle', seed, operations);
    const bundle = `${folder}/failures/${folderOf('toy-brittle', signature)}`;
    if (complete) {
      const {examined} = aPage();
      const size = {operations, faults: 1, fates: 0, nodes: 1, steps: operations + 1};
      writeBundle(
        this.path(bundle),
        {...examined, original: plan, originalSize: size, minimal: plan, size, violation},
        {given: './brittle.mjs', cwd: this.folder, env: {}},
      );
    } else {
      this.put(`${bundle}/plan.json`, JSON.stringify({plan, digest: null, signature}));
    }
    return folder;
  }
}

const planOf = (system: string, seed: string, operations: number): Plan =>
  aPlan({
    system,
    seed,
    operations: Array.from({length: operations}, (_, at) => ({
      id: `o${at}`,
      at,
      kind: 'add',
      target: 0,
      args: null,
    })),
    faults: [{id: 'f1', at: 1, kind: 'clock-skew', target: 0, lasts: 5, arg: 1}],
    fates: {},
  });

export interface StoredBundle {
  readonly operations: number;
  readonly seed?: string;
  readonly complete?: boolean;
  readonly signature?: string;
  readonly system?: string;
}
