/** Reading a trace back: real ones in full, and what is said of lines that are none. */
import {describe, expect, it} from 'vitest';
import {run, UnreadableError} from '../../src/index.ts';
import {parseTrace} from '../../src/sim/events.ts';
import {FIELDS, type TraceKind} from '../../src/sim/trace.ts';
import {Story} from './story.ts';
import {counterSystem} from './toys/counter.ts';
import {followerSystem} from './toys/follower.ts';

describe('a trace', () => {
  it('is read as it was written, whatever events it has', async () => {
    const seen = new Set<TraceKind>();
    for (const system of [counterSystem({server: 'sound'}), followerSystem({follower: 'sound'})]) {
      for (let index = 1; index <= 15; index += 1) {
        const seed = `0x${index.toString(16).padStart(16, '0')}`;
        const {trace, digest, virtualMs} = await run(system, {seed, trace: true});
        const lines = trace ?? [];
        const {header, events, footer} = parseTrace(lines);
        expect(header).toEqual({system: system.name, variant: 'default', seed});
        expect(footer).toEqual({n: lines.length - 2, t: virtualMs, digest});
        expect(events.map(event => JSON.stringify(event))).toEqual(lines.slice(1, -1));
        for (const {k} of events) seen.add(k);
      }
    }
    expect(seen.size).toBeGreaterThan(15);
  });

  it('has every kind of event with the values of that kind', () => {
    const story = new Story();
    const numbers = ['release', 'x', 'body', 'status', 'changes', 'number', 'arg'];
    for (const [kind, names] of Object.entries(FIELDS)) {
      story.event('a', kind as TraceKind, ...names.map(name => (numbers.includes(name) ? 5 : name)));
    }
    // an attempt that begins has no code, and a dial no body
    story.event('a', 'attempt', 'pull', 'begins');
    story.event('a', 'send', 'b', 0, 'dial', '');
    const events = story.events();
    expect(events.map(({k}) => k)).toEqual([...Object.keys(FIELDS), 'attempt', 'send']);
    const send = events.find(event => event.k === 'send');
    expect(send).toEqual({n: 6, t: 60, k: 'send', at: 'a', to: 'to', x: 5, what: 'what', body: 5});
  });
});

describe('what is no trace is refused, and told where', () => {
  const whole = (): string[] => {
    const story = new Story();
    story.event('a', 'boot', 1, '');
    story.send('a', 'b', 1);
    return story.lines();
  };
  const line = (value: object): string => JSON.stringify(value);

  it.each([
    ['nothing', () => [], 'it needs a header and a footer'],
    ['another header', () => [line({schema: 'other/1'}), ...whole().slice(1)], 'line 1: not the header'],
    [
      'a header without a seed',
      () => [line({schema: 'syncstorm.trace/1', system: 's', variant: 'v'}), ...whole().slice(1)],
      'line 1: the header names no',
    ],
    ['a line that is cut', () => whole().with(2, '{"n":2,"t"'), 'line 3: not a JSON object'],
    ['a list', () => whole().with(2, '[]'), 'line 3: not a JSON object'],
    ['a missing event', () => whole().toSpliced(1, 1), 'line 2: event 1 is missing'],
    ['a missing footer', () => whole().slice(0, -1), 'line 3: not the footer of a trace: it is cut off'],
    [
      'a footer that counts otherwise',
      () => whole().with(3, line({end: true, n: 7, t: 1, digest: 'd'})),
      'line 4: the footer tells of other events',
    ],
    ['a negative time', () => whole().with(1, line({n: 1, t: -1, k: 'heal', at: ''})), 'line 2: no time'],
    ['no node', () => whole().with(1, line({n: 1, t: 1, k: 'heal'})), 'line 2: no node'],
    [
      'a kind of its own',
      () => whole().with(1, line({n: 1, t: 1, k: 'toString', at: ''})),
      'no kind of event',
    ],
    [
      'a value that is missing',
      () => whole().with(1, line({n: 1, t: 1, k: 'boot', at: 'a', release: 1})),
      'boot without a proper "cause"',
    ],
    [
      'text in place of a number',
      () => whole().with(1, line({n: 1, t: 1, k: 'boot', at: 'a', release: '1', cause: ''})),
      'boot without a proper "release"',
    ],
    [
      'a number in place of text',
      () => whole().with(1, line({n: 1, t: 1, k: 'booted', at: 5})),
      'line 2: no node',
    ],
    [
      'a body that is no hash',
      () => whole().with(2, line({n: 2, t: 1, k: 'send', at: 'a', to: 'b', x: 1, what: 'w', body: 'w'})),
      'line 3: send without a proper "body"',
    ],
  ])('%s', (_, lines, message) => {
    const reading = (): unknown => parseTrace(lines(), 'trace.jsonl');
    expect(reading).toThrow(UnreadableError);
    expect(reading).toThrow(message);
    expect(reading).toThrow(/^trace\.jsonl: /);
  });
});
