/** Judges the pages that servers give: each must be what its tenant's state at some moment of the request owes. */
import {canonicalJson, type HttpResponse} from '../../src/index.ts';
import {canonicalTags, canonicalValue} from '../../src/model/journal/order.ts';
import {pageOf, type PageRow} from '../../src/model/journal/page.ts';
import type {Tenant} from '../../src/model/journal/tenant.ts';
import type {Scope, Value} from '../../src/model/journal/types.ts';
import type {Docket} from './docket.ts';
import {bodyOf, type Question} from './wire.ts';

/** What a cursor that was handed out stands for. */
export interface Handed {
  /** The histories that it may be of: more than one where one began while it was made. */
  readonly epochs: readonly string[];
  readonly seq: number;
  readonly scope: string;
}

export interface PendingPull {
  readonly node: string;
  readonly tenant: string;
  readonly question: Question | null;
  /** Every answer that is right by now. */
  readonly right: RightAnswer[];
}

/** A page, or a refusal's code, as text; and the history that it speaks of. */
interface RightAnswer {
  readonly text: string;
  readonly epoch: string;
}

/** One text for one scope, whatever the order of its lists. */
const scopeText = ({types, ids, tags}: Scope): string =>
  canonicalJson([types, ids, tags].map(list => (list === undefined ? null : canonicalTags(list))));

/** What a pull may be answered in the present state. `handed`: what a cursor of the tenant's stands for. */
export function rightAnswers(
  {question}: PendingPull,
  tenant: Tenant,
  epoch: string,
  handed: (cursor: string) => Handed | undefined,
): RightAnswer[] {
  return rightTexts(question, tenant, epoch, handed).map(text => ({text, epoch}));
}

function rightTexts(
  question: Question | null,
  tenant: Tenant,
  epoch: string,
  handed: (cursor: string) => Handed | undefined,
): string[] {
  if (question === null) return ['MALFORMED_REQUEST'];
  const {cursor, limit, scope} = question;
  const refusals: string[] = [];
  const from = cursor === null ? null : handed(cursor);
  const known = from === null || (from?.epochs.includes(epoch) === true && from.seq <= tenant.seq);
  if (!known) refusals.push('CURSOR_INVALID');
  if (from !== undefined && from !== null && from.scope !== scopeText(scope)) refusals.push('SCOPE_CHANGED');
  if (refusals.length > 0) return refusals;
  const since = from?.seq ?? 0;
  const page = pageOf(tenant, {since, limit, scope});
  return [
    // what may be of a history that has just ended may be refused
    ...((from?.epochs.length ?? 0) > 1 ? ['CURSOR_INVALID'] : []),
    canonicalJson({fromSeq: since, toSeq: page.to, hasMore: page.hasMore, objects: page.rows.map(rowText)}),
  ];
}

function rowText({kind, record}: PageRow): unknown {
  const {type, id, changeSeq, shown} = record;
  const name = {kind, type, id, changeSeq};
  if (kind === 'left') return {...name, left: true};
  const {clock, lastOpId, payload, tags} = shown;
  if (kind === 'tombstone') return {...name, isTombstone: true, clock, lastOpId};
  return {...name, clock, lastOpId, payload: canonicalValue(payload), tags: canonicalTags(tags)};
}

interface Told {
  readonly objects: readonly {readonly kind: string; readonly payload?: Value}[];
  readonly hasMore: boolean;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly serverCursor: string;
}

const toldText = ({objects, hasMore, fromSeq, toSeq}: Told): string =>
  canonicalJson({
    fromSeq,
    toSeq,
    hasMore,
    objects: objects.map(row =>
      row.kind === 'live' ? {...row, payload: canonicalValue(row.payload ?? null)} : row,
    ),
  });

/** Judges an answer, and says what the cursor that it hands out stands for; null if it hands out none. */
export function judgePull(
  docket: Docket,
  pull: PendingPull,
  response: HttpResponse,
  calm: boolean,
): (Handed & {readonly cursor: string}) | null {
  const {node, tenant, question, right} = pull;
  const body = bodyOf(response);
  const {status} = response;
  const answer = status === 200 ? toldText(body as Told) : String((body as {error?: unknown}).error);
  const excused = status === 500 && !calm;
  const expected = right.at(-1)?.text ?? '';
  const met = right.filter(({text}) => text === answer);
  if (!excused) {
    docket.enter('JOURNAL-L2', met.length > 0, () => ({
      code: codeOf(expected, answer),
      stage: 'pull',
      node,
      message: `${node} answered a pull in ${tenant} otherwise than its history says`,
      expected: readable(expected),
      actual: readable(answer),
    }));
  }
  if (status !== 200 || question === null || met.length === 0) return null;
  const {serverCursor: cursor, toSeq: seq} = body as Told;
  return {cursor, epochs: [...new Set(met.map(({epoch}) => epoch))], seq, scope: scopeText(question.scope)};
}

function readable(text: string): unknown {
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
}

/** Names in what a page differs, for the signature. */
function codeOf(expected: string, actual: string): string {
  const [due, told] = [readable(expected), readable(actual)] as [Told | string, Told | string];
  if (typeof due === 'string' || typeof told === 'string')
    return typeof told === 'string' ? told : 'unrefused';
  if (canonicalJson(due.objects) !== canonicalJson(told.objects))
    return due.objects.length === told.objects.length ? 'rows' : 'row-count';
  return due.hasMore === told.hasMore ? 'position' : 'has-more';
}
