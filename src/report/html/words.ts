/** Events in words: what a row of the diagram says, how it is weighed, and what a kind of event is called. */
import type {TraceEvent} from '../../sim/events.ts';
import type {TraceKind} from '../../sim/trace.ts';
import {counted} from '../amounts.ts';

/** How an event is weighed: what goes wrong stands out, what only goes along stands back. */
export type Tone = 'plain' | 'quiet' | 'message' | 'fault' | 'altered' | 'failed' | 'good' | 'violation';

/** What an event says, after the name of its kind. */
export function wordsOf(event: TraceEvent): string {
  switch (event.k) {
    case 'boot':
      return [`release ${event.release}`, event.cause].filter(part => part !== '').join(', disk ');
    case 'crash':
    case 'rewound':
      return event.cause;
    case 'op':
      return [event.op, event.kind, event.args === 'null' ? '' : event.args].join(' ').trimEnd();
    case 'op-end':
      return event.op;
    case 'send':
      return `→ ${event.to}  ${event.what}`;
    case 'arrive':
      return `← ${event.from}  ${event.what}`;
    case 'answer':
      return `→ ${event.to}  ${event.status}`;
    case 'receive':
      return `← ${event.from}  ${event.status}`;
    case 'fail':
      return `← ${event.from}  ${event.code}`;
    case 'fate':
      return `${event.act}  ${event.key}`;
    case 'sql':
      return `${event.label}  ${counted(event.changes, 'row')}`;
    case 'sql-error':
      return `${event.label}  ${event.code}`;
    case 'commit':
      return `${event.db}  ${counted(event.changes, 'row')}`;
    case 'rollback':
      return event.db;
    case 'fault':
      return `${event.kind} ${event.phase}  ${event.id}`;
    case 'probe':
      return event.mark;
    case 'note':
      return `${event.note}  ${event.data}`;
    case 'attempt':
      return [event.stage, event.phase, event.code ?? '', event.message ?? ''].join(' ').trimEnd();
    case 'round':
      return `settling, round ${event.number}`;
    case 'heal':
      return 'the storm is over: faults end, the rest must settle';
    case 'violation':
      return `${event.claim}  ${event.message}`.trimEnd();
    case 'booted':
    case 'timer':
      return '';
  }
}

/** What was done to a message on its way, where the event tells. */
export const actOf = (event: TraceEvent): string => (event.k === 'receive' ? event.act : '');

export function toneOf(event: TraceEvent): Tone {
  switch (event.k) {
    case 'violation':
      return 'violation';
    case 'crash':
    case 'fault':
    case 'fate':
    case 'rewound':
      return 'fault';
    case 'fail':
    case 'sql-error':
    case 'rollback':
      return 'failed';
    case 'receive':
      return event.act === '' || event.act === 'pinned' ? 'message' : 'altered';
    case 'send':
    case 'arrive':
    case 'answer':
      return 'message';
    case 'commit':
      return 'good';
    case 'attempt':
      return event.phase === 'failed' ? 'failed' : event.phase === 'done' ? 'good' : 'plain';
    case 'op':
    case 'boot':
    case 'heal':
    case 'round':
      return 'plain';
    case 'op-end':
    case 'booted':
    case 'sql':
    case 'timer':
    case 'probe':
    case 'note':
      return 'quiet';
  }
}

/** Kinds of event by what they are about, in the order in which a filter shows them. */
export const KIND_GROUPS: readonly {readonly title: string; readonly kinds: readonly TraceKind[]}[] = [
  {title: 'Messages', kinds: ['send', 'arrive', 'answer', 'receive', 'fail', 'fate']},
  {title: 'Work', kinds: ['op', 'op-end', 'attempt']},
  {title: 'Nodes', kinds: ['boot', 'booted', 'crash', 'rewound', 'fault']},
  {title: 'Disk', kinds: ['commit', 'rollback', 'sql', 'sql-error']},
  {title: 'Marks', kinds: ['note', 'probe', 'timer']},
  {title: 'World', kinds: ['heal', 'round', 'violation']},
];

/** Kinds that say little by themselves: not shown until they are asked for. */
export const QUIET_KINDS: readonly TraceKind[] = ['sql', 'probe', 'timer'];

/** What the kinds mean, for people who meet them for the first time. */
export const KIND_MEANINGS: Readonly<Record<TraceKind, string>> = {
  boot: 'a node starts',
  booted: 'its program is up',
  crash: 'a node is gone; what it had not committed is lost',
  op: 'a user does something',
  'op-end': 'it has come to its end',
  send: 'a message leaves',
  arrive: 'a message reaches a node',
  answer: 'a server answers',
  receive: 'an answer reaches the node that asked',
  fail: 'no answer: the request failed',
  fate: 'something happens to a message on its way',
  sql: 'a statement changes rows',
  'sql-error': 'a statement fails',
  commit: 'changes are durable',
  rollback: 'changes are taken back',
  timer: 'a timer fires',
  fault: 'a failure of a node or its links begins or ends',
  rewound: 'a disk is put back or emptied',
  probe: 'a mark in the program was reached',
  note: 'the program tells something',
  attempt: 'something that may fail begins or ends',
  heal: 'the storm is over',
  round: 'a round of settling begins',
  violation: 'a claim does not hold',
};
