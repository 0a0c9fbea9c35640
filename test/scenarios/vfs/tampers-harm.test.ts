/** What a lie does to who believes it: named item by item, from any two answers to one request. */
import {describe, expect, it} from 'vitest';
import {harmOf, isHarmful, NO_HARM, type Harm} from '../../../scenarios/vfs/tampers-harm.ts';
import type {HttpResponse} from '../../../src/host.ts';
import type {FeedItem} from '../../../src/model/vfs/types.ts';
import {at, item} from '../../model/vfs/make.ts';
import {
  acknowledgement,
  answer,
  FEED,
  page,
  positionOf,
  pullRequest,
  pushRequest,
  reconcileRequest,
  results,
  SAMPLES,
  snapshot,
  snapshotRequest,
} from './honest-answers.ts';

const [one, two, three, four] = FEED as readonly [FeedItem, FeedItem, FeedItem, FeedItem];
const rootLink = (childId: string) => ({kind: 'link', parentId: 'root', childId});
const groupGrant = {kind: 'acl', itemId: 'item-1', principalType: 'group', principalId: 'group-1'};

describe('an answer that is the honest one', () => {
  it.each(SAMPLES.map(sample => [sample.name, sample] as const))('does no harm: %s', (_, sample) => {
    expect(harmOf(sample.request, sample.honest, sample.honest)).toStrictEqual(NO_HARM);
  });
});

describe('a page', () => {
  const harm = (
    honest: readonly FeedItem[] | null,
    given: readonly FeedItem[],
    from: FeedItem | null = null,
  ): Harm =>
    harmOf(
      pullRequest(from === null ? null : positionOf(from)),
      honest === null ? null : page({items: honest}),
      page({items: given}),
    );

  it('withholds what lies before its end and is not in it', () => {
    expect(harm([one, two, three], [one, three])).toStrictEqual({
      ...NO_HARM,
      withheldItems: [two.opId],
      registers: [groupGrant],
    });
  });

  it('withholds nothing that lies after its end', () => {
    expect(harm([one, two, three], [one])).toStrictEqual(NO_HARM);
    expect(harm([one, two, three], [])).toStrictEqual(NO_HARM);
  });

  it('gets wrong what it tells otherwise, and names both registers', () => {
    expect(harm([one, two], [{...one, parentId: 'elsewhere'}, two])).toStrictEqual({
      ...NO_HARM,
      withheldItems: [one.opId],
      registers: [rootLink('item-1'), {kind: 'link', parentId: 'elsewhere', childId: 'item-1'}],
    });
    expect(harm([two], [{...two, accessLevel: 'admin'}]).withheldItems).toStrictEqual([two.opId]);
  });

  it('may say of whom an item is as it likes: a client does not keep it', () => {
    expect(harm([one], [{...one, actorId: 'mallory', sourceId: 'x', sourceTable: 'y'}])).toStrictEqual(
      NO_HARM,
    );
  });

  it('brings what is foreign', () => {
    const forged = item('!forged', '12:00:03', {itemId: 'secret'});
    expect(harm([one, two], [one, forged, two])).toStrictEqual({
      ...NO_HARM,
      foreignItems: ['!forged'],
      registers: [rootLink('secret')],
    });
  });

  it('that comes again after it was read does no harm, nor does an old one that is shorter', () => {
    expect(harm([four], [one, two, three], three)).toStrictEqual(NO_HARM);
    expect(harm([one, two, three, four], [one, two])).toStrictEqual(NO_HARM);
  });

  it('passes over what the honest answer does not speak of', () => {
    const passed = harm([one, two], [one, two, four]);
    expect(passed.foreignItems).toStrictEqual([four.opId]);
    expect(passed.passedOver).toStrictEqual({after: positionOf(two), upTo: positionOf(four)});
    expect(passed.raisedCursor).toStrictEqual(positionOf(four));
  });

  it('that the server never gave is foreign, all of it', () => {
    const passed = harm(null, [two, three], one);
    expect(passed.foreignItems).toStrictEqual([two.opId, three.opId]);
    expect(passed.passedOver).toStrictEqual({after: positionOf(one), upTo: positionOf(three)});
  });

  it('in place of a demand to rematerialize is foreign too', () => {
    const demand = answer({code: 'crdt_rematerialization_required'}, 409);
    expect(harmOf(pullRequest(null), demand, page({items: [one]})).foreignItems).toStrictEqual([one.opId]);
    expect(harmOf(pullRequest(null), page({items: [one]}), demand)).toStrictEqual(NO_HARM);
  });

  it('that is empty raises the checkpoint alone, and only if it is ahead of what is honest', () => {
    const request = pullRequest(positionOf(two));
    const ends = (item: FeedItem): HttpResponse => page({items: [], nextCursor: positionOf(item)});
    expect(harmOf(request, page({items: []}), ends(two))).toStrictEqual(NO_HARM);
    expect(harmOf(request, page({items: [three]}), ends(three))).toStrictEqual(NO_HARM);
    expect(harmOf(request, page({items: []}), ends(four))).toStrictEqual({
      ...NO_HARM,
      raisedCursor: positionOf(four),
    });
  });

  it('raises write ids, replica by replica; lower and absent ones are no harm', () => {
    const given = page({items: [], ids: {desktop: 9, mobile: 1, ['__proto__']: 2}});
    expect(harmOf(pullRequest(null), page({items: []}), given).raisedWriteIds).toStrictEqual([
      '__proto__',
      'desktop',
    ]);
    expect(harmOf(pullRequest(null), page({items: []}), page({items: [], ids: {}}))).toStrictEqual(NO_HARM);
  });

  it('that no client can read does no harm', () => {
    const honest = page({items: [one]});
    const broken = [
      answer({items: [{...one, opId: ''}], hasMore: false}),
      answer([]),
      {...honest, status: 500},
      {...honest, body: '<html>'},
      {...honest, body: new Uint8Array([0x7b, 0xff, 0x7d])},
    ];
    for (const delivered of broken)
      expect(harmOf(pullRequest(null), honest, delivered)).toStrictEqual(NO_HARM);
  });

  it('is the same as text and as bytes', () => {
    const honest = page({items: [one]});
    const bytes = {...honest, body: new TextEncoder().encode(String(honest.body))};
    expect(harmOf(pullRequest(null), honest, bytes)).toStrictEqual(NO_HARM);
  });
});

describe('the answer to a push', () => {
  const honest = results({'op-1': 'applied', 'op-2': 'staleWriteId', 'op-3': 'invalidOp'});

  it('forges acknowledgements, or denies them', () => {
    const given = results({'op-3': 'outdatedOp', 'op-2': 'applied', 'op-1': 'invalidOp'});
    expect(harmOf(pushRequest(), honest, given)).toStrictEqual({
      ...NO_HARM,
      forgedAcks: ['op-2', 'op-3'],
      deniedAcks: ['op-1'],
    });
  });

  it('may name one acknowledgement as another, and one refusal as another', () => {
    const given = results({'op-1': 'alreadyApplied', 'op-2': 'invalidOp', 'op-3': 'staleWriteId'});
    expect(harmOf(pushRequest(), honest, given)).toStrictEqual(NO_HARM);
  });

  it('forges all that it acknowledges if the server failed, or was never asked', () => {
    const given = results({'op-1': 'applied', 'op-2': 'applied', 'op-3': 'applied'});
    for (const truth of [null, answer({error: 'Failed to push CRDT operations'}, 500)]) {
      expect(harmOf(pushRequest(), truth, given).forgedAcks).toStrictEqual(['op-1', 'op-2', 'op-3']);
    }
  });

  it('that does not match the batch is refused, and does no harm', () => {
    const short = results({'op-1': 'applied', 'op-2': 'applied'});
    const strange = results({'op-1': 'applied', 'op-2': 'applied', 'op-9': 'applied'});
    for (const given of [short, strange]) expect(harmOf(pushRequest(), honest, given)).toStrictEqual(NO_HARM);
  });
});

describe('an acknowledgement', () => {
  const here = positionOf(three);
  const request = reconcileRequest(here, {desktop: 2});

  it('raises a cursor and write ids beyond what the server said', () => {
    const honest = acknowledgement(here, {desktop: 2});
    const given = acknowledgement(positionOf(four), {desktop: 3, mobile: 1});
    expect(harmOf(request, honest, given)).toStrictEqual({
      ...NO_HARM,
      raisedWriteIds: ['desktop', 'mobile'],
      raisedCursor: positionOf(four),
    });
  });

  it('that gives back what the client told raises nothing, whoever gave it', () => {
    expect(harmOf(request, null, acknowledgement(here, {desktop: 2}))).toStrictEqual(NO_HARM);
  });

  it('of another client is refused, and does no harm', () => {
    const given = acknowledgement(positionOf(four), {desktop: 9}, 'tablet');
    expect(harmOf(request, null, given)).toStrictEqual(NO_HARM);
  });
});

describe('a snapshot', () => {
  const grant = {itemId: 'item-1', principalType: 'group', principalId: 'group-1', accessLevel: 'read'};
  const link = {parentId: 'root', childId: 'item-1'};
  const honest = snapshot({acl: [grant], links: [link]});

  it('is wrong in the registers that it has more, less or otherwise', () => {
    const given = snapshot({
      acl: [{...grant, accessLevel: 'admin'}],
      links: [{parentId: 'root', childId: 'item-2'}],
    });
    expect(harmOf(snapshotRequest, honest, given)).toStrictEqual({
      ...NO_HARM,
      registers: [groupGrant, rootLink('item-1'), rootLink('item-2')],
    });
  });

  it('passes over what lies between its cursor and the honest one', () => {
    const later = {changedAt: at('13:00:00'), changeId: 'later'};
    const given = snapshot({acl: [grant], links: [link], cursor: later, ids: {desktop: 6}});
    expect(harmOf(snapshotRequest, honest, given)).toStrictEqual({
      ...NO_HARM,
      passedOver: {after: {changedAt: at('12:00:12'), changeId: '000000000006-abcdef00'}, upTo: later},
      raisedWriteIds: ['desktop'],
      raisedCursor: later,
    });
  });

  it('denied leaves a client with nothing, which is no lie that stays', () => {
    const none = answer({error: 'No CRDT snapshot is available'}, 404);
    expect(harmOf(snapshotRequest, honest, none)).toStrictEqual(NO_HARM);
  });
});

it("knows no harm of requests that are none of a sync client's", () => {
  const register = {method: 'POST', path: '/v1/vfs/register', headers: {}, body: '{}'};
  expect(isHarmful(harmOf(register, null, answer({})))).toBe(false);
});
