/** Edits as users make them: grants and links on items of their own, sometimes on someone else's, with clocks of their own. */
import type {Doing, Stream} from '../../src/index.ts';
import type {AccessLevel, OpType, OperationInput, PrincipalType} from '../../src/model/vfs/types.ts';
import {formatTime} from '../../src/model/vfs/time.ts';
import type {ClientProgram} from './client-program.ts';
import {shortTime, zonedTime} from './spellings.ts';
import {vfsWorld, type VfsWorld} from './world.ts';

/** An edit by index: which of the items that fit, so that every subset of a plan still means something. */
export interface EditArgs {
  readonly opType: OpType;
  readonly item: number;
  readonly other: number;
  readonly principal: number;
  readonly level: number;
  /** How far the user's idea of the time is off, ms; null: the client's own clock. */
  readonly offsetMs: number | null;
  /** Picks an item that the user does not own: the server must refuse it. */
  readonly foreign: boolean;
  /** The user names the operation itself. */
  readonly named: string | null;
  /** How the user's idea of the time is written; as usual unless told. */
  readonly spelling?: Spelling;
}

/** In tenths of a second and no more digits, or as a clock in another zone shows it. */
type Spelling = 'usual' | 'tenths' | 'east' | 'west';

const OP_TYPES: readonly OpType[] = [
  'acl_add',
  'acl_add',
  'acl_remove',
  'link_add',
  'link_add',
  'link_remove',
];
const SPELLINGS: readonly Spelling[] = ['usual', 'tenths', 'east', 'west'];
const LEVELS: readonly AccessLevel[] = ['read', 'write', 'admin'];
const BULK = [501, 530] as const;

export function drawEdit(random: Stream, _world: VfsWorld): EditArgs {
  return {
    opType: random.pick(OP_TYPES),
    item: random.integer(0, 0xffff),
    other: random.integer(0, 0xffff),
    principal: random.integer(0, 0xffff),
    level: random.integer(0, 2),
    offsetMs: random.oneIn(3) ? random.integer(-600_000, 600_000) : null,
    foreign: random.oneIn(16),
    named: random.oneIn(6) ? `custom:${random.id(6)}/@` : null,
  };
}

/** An edit whose time may be written in any way that the contract allows. */
export const drawSpelledEdit = (random: Stream, world: VfsWorld): EditArgs => ({
  ...drawEdit(random, world),
  spelling: random.pick(SPELLINGS),
});

/** Several edits at once; in some worlds more than one push may carry. */
export function drawBurst(random: Stream, world: VfsWorld): EditArgs[] {
  const count = world.bulk ? random.integer(...BULK) : random.integer(2, 6);
  return Array.from({length: count}, () => ({...drawEdit(random, world), foreign: false, named: null}));
}

function spelled(ms: number, spelling: Spelling): string {
  switch (spelling) {
    case 'usual':
      return formatTime(ms);
    case 'tenths':
      return shortTime(ms - (ms % 100));
    case 'east':
      return zonedTime(ms, 120);
    case 'west':
      return zonedTime(ms, -330);
  }
}

/** The operation that an edit stands for on the node that makes it; null where it has nothing to edit. */
export function inputOf(edit: EditArgs, doing: Doing): OperationInput | null {
  const world = vfsWorld(doing.scene.world);
  const {user} = (doing.program as ClientProgram).plan;
  const candidates = world.items.filter(({owner}) => (owner === user) !== edit.foreign);
  const item = candidates[edit.item % Math.max(1, candidates.length)];
  if (item === undefined) return null;
  const base = {
    opType: edit.opType,
    itemId: item.id,
    ...(edit.named === null ? {} : {opId: `${edit.named}${doing.operation}`}),
    ...(edit.offsetMs === null
      ? {}
      : {occurredAt: spelled(doing.now() + edit.offsetMs, edit.spelling ?? 'usual')}),
  };
  if (edit.opType === 'link_add' || edit.opType === 'link_remove') {
    const parents = ['root', ...world.items.map(({id}) => id).filter(id => id !== item.id)];
    const parentId = parents[edit.other % parents.length] ?? 'root';
    return {...base, parentId, childId: item.id};
  }
  const principals: readonly {type: PrincipalType; id: string}[] = [
    ...world.users.map(({id}) => ({type: 'user' as const, id})),
    ...world.groups.map(id => ({type: 'group' as const, id})),
    {type: 'organization', id: 'org1'},
  ];
  const principal = principals[edit.principal % principals.length] ?? {type: 'user' as const, id: user};
  const accessLevel = LEVELS[edit.level % LEVELS.length] ?? 'read';
  return {
    ...base,
    principalType: principal.type,
    principalId: principal.id,
    ...(edit.opType === 'acl_add' ? {accessLevel} : {}),
  };
}
