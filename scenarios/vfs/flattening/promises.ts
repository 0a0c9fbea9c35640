/** What servers have answered to clients, and so must keep: stagings, attachments, operations; and what a restore takes back. */
import type {CommittedSql, HttpRequest, HttpResponse} from '../../../src/index.ts';
import {
  attachments,
  flattenedFacts,
  legacyFacts,
  type BlobFact,
  type MigrationTables,
  type StagingEnd,
} from '../../../src/model/vfs/migration-tables.ts';
import type {Docket} from '../docket.ts';
import {tokenOf} from '../world.ts';
import {isApplied} from './tables.ts';
import type {FlatteningWorld} from './world.ts';

interface Promised {
  readonly stagings: Map<string, {readonly status: StagingEnd; readonly link: string | null}>;
  readonly operations: Map<string, {readonly user: string; readonly replica: string; readonly opId: string}>;
}

const STAGE = /^\/v1\/vfs\/blobs\/stage(?:\/([^/]+)\/(attach|abandon))?$/;

const copy = ({stagings, operations}: Promised): Promised => ({
  stagings: new Map(stagings),
  operations: new Map(operations),
});

export class Promises {
  readonly #docket: Docket;
  readonly #users: ReadonlyMap<string, string>;
  #promised: Promised;
  #taking: Promised | null = null;
  #snapshot: Promised | null = null;
  /** How often a snapshot was restored: what was asked before is not kept after. */
  #restores = 0;
  readonly #asked = new Map<number, {readonly request: HttpRequest; readonly restores: number}>();
  /** What the tables said of each staging last. */
  #last: ReadonlyMap<string, BlobFact> = new Map();

  constructor(world: FlatteningWorld, docket: Docket) {
    this.#docket = docket;
    this.#users = new Map(world.users.map(({id}) => [`Bearer ${tokenOf(id)}`, id]));
    const past = world.stagings.map(({id, blob, item, status}) => {
      const link = item === null ? null : `${item} ${blob} file`;
      const end: StagingEnd = status === 'staged' || status === 'attached' ? status : 'abandoned';
      return [id, {status: end, link}] as const;
    });
    this.#promised = {stagings: new Map(past), operations: new Map()};
  }

  requested(serving: number, request: HttpRequest): void {
    this.#asked.set(serving, {request, restores: this.#restores});
  }

  /** A success is a promise, whether or not the client hears of it. */
  answered(serving: number, {status, body}: HttpResponse): void {
    const asked = this.#asked.get(serving);
    this.#asked.delete(serving);
    if (asked === undefined || asked.restores !== this.#restores || status < 200 || status > 299) return;
    const {request} = asked;
    const [found, id, verb] = STAGE.exec(request.path) ?? [];
    const isPush = request.path === '/v1/vfs/crdt/push';
    if (found === undefined && !isPush) return;
    const answer = JSON.parse(textOf(body)) as Record<string, unknown>;
    if (isPush) {
      this.#pushed(request, answer);
      return;
    }
    const stagingId = id === undefined ? String(answer['stagingId']) : decodeURIComponent(id);
    this.#staged(stagingId, verb ?? 'stage', answer);
  }

  #pushed({headers, body}: HttpRequest, answer: Record<string, unknown>): void {
    const user = this.#users.get(headers['authorization'] ?? '') ?? '';
    const replica = String((JSON.parse(textOf(body)) as Record<string, unknown>)['clientId']);
    for (const {opId, status} of answer['results'] as {opId: string; status: string}[]) {
      if (status !== 'applied' && status !== 'alreadyApplied') continue;
      this.#promised.operations.set(JSON.stringify([user, replica, opId]), {user, replica, opId});
    }
  }

  #staged(stagingId: string, verb: string, answer: Record<string, unknown>): void {
    const {stagings} = this.#promised;
    const before = stagings.get(stagingId);
    if (verb === 'stage') {
      if (before === undefined) stagings.set(stagingId, {status: 'staged', link: null});
      return;
    }
    const status = verb === 'attach' ? 'attached' : 'abandoned';
    const link =
      verb === 'attach' ? [answer['itemId'], answer['blobId'], answer['relationKind']].join(' ') : null;
    const isSame = before?.status === status && before.link === link;
    const isFirst = before === undefined || before.status === 'staged';
    this.#docket.enter(
      'VFS-M7',
      isFirst || isSame
        ? null
        : {
            ...{code: 'twice', stage: verb, expected: before, actual: {status, link}},
            message: `staging ${stagingId} was ${before?.status ?? ''} before, and was answered to be ${status} now`,
          },
    );
    stagings.set(stagingId, {status, link});
  }

  snapshotBegins(): void {
    this.#taking = copy(this.#promised);
  }

  snapshotEnds(): void {
    this.#snapshot = this.#taking ?? this.#snapshot;
    this.#taking = null;
  }

  /** What was promised since the snapshot is lost; what was promised before must be there again. */
  restored(): void {
    this.#restores += 1;
    if (this.#snapshot !== null) this.#promised = copy(this.#snapshot);
    this.#last = new Map();
  }

  /** Whether the tables keep what was promised, and no staging has come back from its end. */
  judge(tables: MigrationTables, sql: CommittedSql | null, node: string): void {
    const forms = formsOf(tables.version);
    const facts = forms.map(form => (form === 'legacy' ? legacyFacts(tables) : flattenedFacts(tables)));
    const links = forms.map(form => attachments(tables, form));
    for (const [id, {status, link}] of this.#promised.stagings) {
      const holds = facts.some((known, index) => {
        const fact = known.get(id);
        if (fact === undefined) return false;
        if (status === 'staged') return true;
        return fact.status === status && (link === null || links[index]?.has(link) === true);
      });
      this.#docket.enter(
        'VFS-M3',
        holds
          ? null
          : {
              ...{code: 'lost', stage: 'blob', node, expected: {status, link}},
              actual: facts.map(known => known.get(id) ?? null),
              message: `staging ${id} was promised to be ${status}, and the tables of version ${tables.version} do not say so`,
            },
      );
    }
    this.#judgeOnce(facts, node);
    if (sql !== null) this.#judgeOperations(sql, node);
  }

  #judgeOperations(sql: CommittedSql, node: string): void {
    for (const {user, replica, opId} of this.#promised.operations.values()) {
      this.#docket.enter(
        'VFS-M3',
        isApplied(sql, user, replica, opId)
          ? null
          : {
              code: 'operation',
              stage: 'push',
              node,
              message: `${opId} of ${replica} was acknowledged and is not there`,
            },
      );
    }
  }

  /** Ended once is ended for good, and in one way in all forms there are. */
  #judgeOnce(facts: readonly ReadonlyMap<string, BlobFact>[], node: string): void {
    const ends = new Map<string, BlobFact>();
    for (const known of [this.#last, ...facts]) {
      for (const [id, fact] of known) {
        if (fact.status === 'staged') continue;
        const before = ends.get(id);
        const isSame =
          before === undefined || (before.status === fact.status && before.itemId === fact.itemId);
        this.#docket.enter(
          'VFS-M7',
          isSame
            ? null
            : {
                ...{code: 'end', stage: 'blob', node, expected: before, actual: fact},
                message: `staging ${id} has come to two ends`,
              },
        );
        ends.set(id, fact);
      }
    }
    this.#last = ends;
  }
}

/**
 * Which forms may say what was promised: at 24 an old release still writes the legacy one, and v025 compares them. A
 * version from the future, recorded by mistake, does not say which of them counts.
 */
function formsOf(version: number): readonly ('legacy' | 'flattened')[] {
  if (version < 24) return ['legacy'];
  return version === 24 || version > 27 ? ['flattened', 'legacy'] : ['flattened'];
}

const textOf = (body: string | Uint8Array): string =>
  typeof body === 'string' ? body : new TextDecoder().decode(body);
