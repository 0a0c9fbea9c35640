/** Checklist, transport: what is not shaped as agreed fails closed, by name, and changes nothing. */
import {describe, expect, it} from 'vitest';
import {cursor, edge, grant, PRISTINE} from '../../impl/vfs/scripted-transport.ts';
import {flush, give, hydrate, link, queue, queued, state, sync} from './acts.ts';
import {ack, page, type Answer, type Answers} from './answers.ts';
import {script} from './script.ts';

const item = grant('a', '12:00');
const oddPage = (change: object): Answer => {
  const good = page([item]) as {body: object};
  return {body: {...good.body, ...change}};
};

describe('[transport-guardrails] [integration-guardrails] a malformed page', () => {
  const self = {parentId: 'item-1', childId: 'item-1'};
  it.each<[row: string, answer: Answer, refused: string]>([
    ['that is no object', {body: []}, 'transport returned invalid pull response payload'],
    ['without items', oddPage({items: null}), 'transport returned invalid pull response items'],
    ['with an item that is none', oddPage({items: [item, 7]}), 'transport returned invalid items[1]'],
    ['with a blank opId', page([{...item, opId: ' '}]), 'transport returned invalid items[0].opId'],
    [
      'with an unknown type',
      oddPage({items: [{...item, opType: 'acl_paint'}]}),
      'transport returned invalid items[0].opType',
    ],
    [
      'with an unknown level',
      oddPage({items: [{...item, accessLevel: 'owner'}]}),
      'transport returned invalid items[0].accessLevel',
    ],
    ['with no time', page([{...item, occurredAt: 'noon'}]), 'transport returned invalid items[0].occurredAt'],
    [
      'with a link to itself',
      page([edge('a', '12:00', self)]),
      'transport returned invalid link payload at items[0]',
    ],
    [
      'with a link of another',
      page([edge('a', '12:00', {childId: 'x'})]),
      'transport returned invalid link payload at items[0]',
    ],
    [
      'with a link from nowhere',
      page([edge('a', '12:00', {parentId: ' '})]),
      'transport returned invalid link payload at items[0]',
    ],
    [
      'that does not say whether there is more',
      oddPage({hasMore: 'no'}),
      'transport returned invalid hasMore',
    ],
    ['with a garbled cursor', oddPage({nextCursor: 'garbled!'}), 'transport returned invalid nextCursor'],
    [
      'with write ids as text',
      oddPage({lastReconciledWriteIds: {desktop: '3'}}),
      'lastReconciledWriteIds contains invalid writeId (must be a positive integer)',
    ],
    [
      'with write ids as a list',
      oddPage({lastReconciledWriteIds: [3]}),
      'lastReconciledWriteIds must be an object map of replicaId -> writeId',
    ],
    ['and a refusal in words', {status: 403, body: {error: ' not you '}}, 'not you'],
    ['and a refusal without any', {status: 418, body: {error: ' '}}, 'request failed with status 418'],
  ])('%s', async (_, answer, refused) => {
    const {told, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [answer]},
      steps: [sync('desktop'), state('desktop'), sync('desktop')],
    });
    expect(told.desktop).toEqual([{refused}, PRISTINE, {pulledOperations: 0, pullPages: 1}]);
    expect(violations.desktop).toEqual([]);
  });

  it.each([
    ['truncate', 200],
    ['not-json', 1],
  ])('on the way: %s', async (hazard, arg) => {
    const {told, exports} = await script({
      clients: {desktop: {}, mobile: {}},
      steps: [
        queue('mobile', give('a', '12:00')),
        flush('mobile'),
        sync('desktop'),
        state('desktop'),
        sync('desktop'),
      ],
      fates: {'desktop>api GET /v1/vfs/crdt/sync #1 res': {delayMs: 1, act: hazard, arg}},
    });
    expect(told.desktop).toEqual([
      {refused: 'transport returned non-JSON response'},
      PRISTINE,
      {pulledOperations: 1, pullPages: 1},
    ]);
    expect(exports.desktop.replaySnapshot).toEqual(exports.mobile.replaySnapshot);
  });
});

describe('[transport-guardrails] a malformed acknowledgement is not merged', () => {
  const reconciled = {clientId: 'desktop', cursor: 'x', lastReconciledWriteIds: {}};
  it.each<[row: string, answer: Answer, refused: string]>([
    ['no object', {body: 'fine'}, 'transport returned invalid reconcile response payload'],
    ['for nobody', {body: {...reconciled, clientId: ''}}, 'transport returned invalid clientId'],
    [
      'for another client',
      {body: {...reconciled, clientId: 'mobile'}},
      'transport returned reconcile response for mismatched clientId',
    ],
    ['without a cursor', {body: {...reconciled, cursor: null}}, 'transport returned invalid cursor'],
    ['with a garbled cursor', {body: reconciled}, 'transport returned invalid reconcile cursor'],
  ])('%s', async (_, answer, refused) => {
    const {told, exports, violations} = await script({
      clients: {desktop: {}},
      answers: {sync: [page([item])], reconcile: [answer]},
      steps: [sync('desktop'), state('desktop'), sync('desktop')],
    });
    expect(told.desktop[0]).toEqual({refused});
    expect(told.desktop[1]).toMatchObject({
      reconcileState: {cursor: cursor('12:00', 'a'), lastReconciledWriteIds: {}},
    });
    expect(told.desktop[2]).toEqual({pulledOperations: 0, pullPages: 1});
    expect(exports.desktop).toEqual(told.desktop[1]);
    expect(violations.desktop).toEqual([]);
  });
});

describe('[transport-integration]', () => {
  it('a state hydrated after a pull that failed closed pushes what it held', async () => {
    const answers: Answers = {
      sync: [page([grant('a', '12:00')], {hasMore: true}), page([], {hasMore: true}), page([])],
      reconcile: [ack(cursor('12:00', 'a'), {desktop: 1})],
    };
    const {told, exports, asked} = await script({
      clients: {before: {clientId: 'desktop'}, desktop: {}},
      answers,
      steps: [
        queue('before', link('own', '11:59')),
        sync('before'),
        hydrate('desktop', node => node.beside('before').client.exportState()),
        flush('desktop'),
      ],
    });
    expect(told.before[1]).toEqual({refused: 'transport returned hasMore=true with an empty pull page'});
    expect(asked.find(({what}) => what === 'push')?.body['operations']).toEqual([
      queued({...link('own', '11:59'), occurredAt: '2026-02-14T12:00:00.001Z'}, 1),
    ]);
    expect(told.desktop).toEqual(['done', {pushedOperations: 1, pulledOperations: 0, pullPages: 1}]);
    expect(exports.desktop.reconcileState?.lastReconciledWriteIds).toEqual({desktop: 1});
  });
});
