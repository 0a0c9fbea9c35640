/** Tampers with the fields of one feed item: missing, of a wrong type, at odds with each other, or well formed and untrue. */
import type {TamperContext} from '../../src/sim/system.ts';
import {
  drawIndex,
  NO_OBJECT,
  NO_TEXT,
  NOT_EVEN_NULL,
  pageTamper,
  replaced,
  type VfsTamper,
} from './tampers-form.ts';
import type {JsonObject} from './tampers-reading.ts';

const isAcl = ({opType}: JsonObject): boolean => opType === 'acl_add' || opType === 'acl_remove';
const isGrant = ({opType}: JsonObject): boolean => opType === 'acl_add';
const isLink = ({opType}: JsonObject): boolean => opType === 'link_add' || opType === 'link_remove';
const isAny = (): boolean => true;

interface ItemTelling {
  readonly id: string;
  readonly sentence: string;
  readonly refusedBy?: readonly string[];
  readonly detection?: 'sometimes';
  /** Which items it is for; all unless told. */
  readonly of?: (item: JsonObject) => boolean;
  /** What is put in place of the item's own fields; undefined removes one. */
  readonly change: (item: JsonObject, about: TamperContext) => JsonObject;
}

/** Changes one item, drawn among those that it is for. */
function itemTamper({of = isAny, change, ...telling}: ItemTelling): VfsTamper {
  return pageTamper({
    ...telling,
    change: ({body, items}, about) => {
      const index = drawIndex(items, about, of);
      const item = index === null ? undefined : items[index];
      if (index === null || item === undefined) return undefined;
      return {...body, items: replaced(items, index, {...item, ...change(item, about)})};
    },
  });
}

interface FieldTelling {
  readonly field: string;
  readonly name: string;
  readonly wrong: readonly unknown[];
}

/** A field that no parser may take: refused by its name and place. */
function wrongField({field, name, wrong}: FieldTelling): VfsTamper {
  return itemTamper({
    id: `pull-item-${name}`,
    sentence: `An item's \`${field}\` is not what it must be.`,
    refusedBy: [`transport returned invalid items[*].${field}`],
    change: (_, {random}) => ({[field]: random.pick(wrong)}),
  });
}

const OTHER_OP_TYPES = ['item_upsert', 'link_reassign', 'ACL_ADD', ' acl_add', 'constructor', '__proto__'];

const fields: readonly VfsTamper[] = [
  wrongField({field: 'opId', name: 'op-id', wrong: NO_TEXT}),
  wrongField({field: 'itemId', name: 'item-id', wrong: NO_TEXT}),
  wrongField({field: 'opType', name: 'op-type', wrong: [...NO_TEXT, ...OTHER_OP_TYPES]}),
  wrongField({
    field: 'principalType',
    name: 'principal-type',
    wrong: [...NOT_EVEN_NULL, '', 'robot', 'User', 'toString'],
  }),
  wrongField({field: 'principalId', name: 'principal-id', wrong: NOT_EVEN_NULL}),
  wrongField({
    field: 'accessLevel',
    name: 'access-level',
    wrong: [...NOT_EVEN_NULL, '', 'owner', 'READ', '__proto__'],
  }),
  wrongField({field: 'parentId', name: 'parent-id', wrong: NOT_EVEN_NULL}),
  wrongField({field: 'childId', name: 'child-id', wrong: NOT_EVEN_NULL}),
  wrongField({field: 'actorId', name: 'actor-id', wrong: NOT_EVEN_NULL}),
  wrongField({field: 'sourceTable', name: 'source-table', wrong: NO_TEXT}),
  wrongField({field: 'sourceId', name: 'source-id', wrong: NO_TEXT}),
  wrongField({field: 'occurredAt', name: 'occurred-at', wrong: NO_TEXT}),
  itemTamper({
    id: 'pull-item-time',
    sentence: 'An item is dated at no time: lenient, without a zone, impossible, past the end of time.',
    refusedBy: ['transport returned invalid items[*].occurredAt'],
    change: (_, {random}) => ({
      occurredAt: random.pick([
        'yesterday',
        '2026-02-30T12:00:00.000Z',
        '2026-02-14T24:00:00.000Z',
        '2026-02-14T12:00:00.000',
        '2026-02-14 12:00:00Z',
        'Sat, 14 Feb 2026 12:00:00 GMT',
        '1771070400000',
        '+275760-09-13T00:00:00.001Z',
        '-000000-01-01T00:00:00.000Z',
      ]),
    }),
  }),
  pageTamper({
    id: 'pull-item-no-object',
    sentence: 'Something that is no object stands among the items.',
    refusedBy: ['transport returned invalid items[*]'],
    change: ({body, items}, about) => {
      const index = drawIndex(items, about);
      const wrong = about.random.pick(NO_OBJECT);
      return index === null ? undefined : {...body, items: replaced<unknown>(items, index, wrong)};
    },
  }),
];

const MISSING = [null, undefined, '', '  '];

const shapes: readonly VfsTamper[] = [
  itemTamper({
    id: 'pull-item-no-principal',
    sentence: 'A grant or its revocation is to nobody, or to a nobody of no kind.',
    refusedBy: ['CRDT feed item * is missing principal fields'],
    of: isAcl,
    change: (_, {random}) =>
      random.oneIn(2) ? {principalType: random.pick([null, undefined])} : {principalId: random.pick(MISSING)},
  }),
  itemTamper({
    id: 'pull-item-no-level',
    sentence: 'A grant is of no level, or of one that only its prototype would have.',
    refusedBy: ['CRDT feed item * is missing access level'],
    of: isGrant,
    change: (_, {random}) => ({
      accessLevel: random.pick([null, undefined]),
      ...(random.oneIn(2) ? {['__proto__']: {accessLevel: 'admin'}} : {}),
    }),
  }),
  itemTamper({
    id: 'pull-item-no-link-ends',
    sentence: 'A link has no parent, or no child.',
    refusedBy: ['transport returned invalid link payload at items[*]'],
    of: isLink,
    change: (_, {random}) => ({[random.pick(['parentId', 'childId'])]: random.pick(MISSING)}),
  }),
  itemTamper({
    id: 'pull-item-self-link',
    sentence: 'A link leads from an item to itself.',
    refusedBy: ['transport returned invalid link payload at items[*]'],
    of: isLink,
    change: ({itemId}) => ({parentId: itemId, childId: itemId}),
  }),
  itemTamper({
    id: 'pull-item-other-child',
    sentence: "A link's child is not the item that it is about.",
    refusedBy: ['transport returned invalid link payload at items[*]'],
    of: isLink,
    change: ({parentId}, {random}) => ({childId: random.pick<unknown>(['another-item', parentId])}),
  }),
  itemTamper({
    id: 'pull-item-other-kind',
    sentence:
      'A link is called a grant, or a grant a link: the fields of the one are not those of the other.',
    refusedBy: [
      'CRDT feed item * is missing principal fields',
      'transport returned invalid link payload at items[*]',
    ],
    change: item => ({opType: isLink(item) ? 'acl_add' : 'link_add'}),
  }),
];

const untrue: readonly VfsTamper[] = [
  itemTamper({
    id: 'pull-item-other-level',
    sentence: 'A grant is of another level than was granted.',
    of: isGrant,
    change: ({accessLevel}, {random}) => ({
      accessLevel: random.pick(['read', 'write', 'admin'].filter(level => level !== accessLevel)),
    }),
  }),
  itemTamper({
    id: 'pull-item-other-principal',
    sentence: 'A grant or its revocation is to somebody else.',
    of: isAcl,
    change: (_, {random}) => ({
      principalType: random.pick(['user', 'group', 'organization']),
      principalId: `mallory-${random.id(4)}`,
    }),
  }),
  itemTamper({
    id: 'pull-item-other-parent',
    sentence: 'A link hangs the item elsewhere.',
    of: isLink,
    change: (_, {random}) => ({parentId: `elsewhere-${random.id(4)}`}),
  }),
  itemTamper({
    id: 'pull-item-flipped',
    sentence: 'What was added is told as removed, and the reverse.',
    change: ({opType, accessLevel}) => {
      if (opType === 'acl_add') return {opType: 'acl_remove'};
      if (opType === 'acl_remove') return {opType: 'acl_add', accessLevel: accessLevel ?? 'admin'};
      return {opType: opType === 'link_add' ? 'link_remove' : 'link_add'};
    },
  }),
  itemTamper({
    id: 'pull-item-odd-text',
    sentence: 'A name is one that careless storing, sorting or keying would trip over.',
    change: (item, {random}) => ({
      [isLink(item) ? 'parentId' : 'principalId']: random.pick([
        '__proto__',
        'constructor',
        'a:b:c',
        '\u202egnp.exe',
        'cafe\u0301',
        'caf\u00e9',
        "'; DROP TABLE vfs_links; --",
        '\ud83d\ude00',
        '\ufeffroot',
        'i\u0307',
        'x'.repeat(10_000),
      ]),
    }),
  }),
  itemTamper({
    id: 'pull-item-unstorable-text',
    sentence: 'A name holds half a surrogate pair, or NUL, which not every disk gives back as it went in.',
    refusedBy: ['transport returned invalid items[*].*'],
    change: (item, {random}) => ({
      [isLink(item) ? 'parentId' : 'principalId']: random.pick([
        '\ud800',
        'root\udc00',
        'ro\u0000ot',
        '\u0000',
      ]),
    }),
  }),
  itemTamper({
    id: 'pull-item-padded',
    sentence: 'A name has blanks around it, which are none of it.',
    change: (item, {random}) => {
      const field = isLink(item) ? 'parentId' : 'principalId';
      return {[field]: `${random.pick([' ', '\n', '\u00a0'])}${String(item[field])}\t`};
    },
  }),
  itemTamper({
    id: 'pull-item-more-fields',
    sentence: 'An item has fields that nobody knows, or that every object knows.',
    change: (_, {random}) => ({
      ['__proto__']: {opType: 'acl_remove', accessLevel: 'admin'},
      constructor: {prototype: {accessLevel: 'admin'}},
      encryptedPayload: random.id(8),
      writeId: 2 ** 53,
    }),
  }),
];

export const itemTampers: readonly VfsTamper[] = [...fields, ...shapes, ...untrue];
