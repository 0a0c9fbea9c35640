/** Annotations: one a finding, warnings for what is not known, and no text of a run is ever a command of its own. */
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {githubAnnotations} from '../../src/report/github.ts';
import {COMMAND, hostile, hostileText, judged} from './judged.ts';
import {SEED, aFinding, aViolation} from './samples.ts';

const unknown = {
  claims: {'VFS-3': {checked: 50, armed: 0}},
  goals: {reached: {}, missed: ['crash seen', 'page applied']},
};

describe('an annotation', () => {
  test('of a finding is an error with all that is needed to see it again', () => {
    expect(githubAnnotations([judged({findings: [aFinding()]})])).toEqual([
      '::error title=VFS-3/pull/skipped/client::' +
        'claim   VFS-3: a client whose cursor is past an item has applied it%0A' +
        'seen    c2 is past an item that it has not applied%0A' +
        'where   client c2, at 18.2 s of virtual time%0A' +
        `runs    14 of 1,234; first seed ${SEED}%0A` +
        'plan    57 steps%0A' +
        'stored  reports/failures/a%0A' +
        COMMAND,
    ]);
  });

  test('is not made where nothing is wrong', () => {
    const off = {canary: {kind: 'off' as const}};
    expect(
      githubAnnotations([judged(), judged({reruns: 0}, off), judged({}, {canary: {kind: 'none'}})]),
    ).toEqual([]);
  });

  test('tells goals and claims of which nothing is known, all of one kind together', () => {
    expect(githubAnnotations([judged(unknown)])).toEqual([
      '::warning title=sample%3A 2 claims never had anything to judge::VFS-3%0AVFS-A',
      '::warning title=sample%3A 2 goals never reached::crash seen%0Apage applied',
    ]);
    expect(githubAnnotations([judged(unknown, {requireGoals: true})])).toEqual([
      '::error title=sample%3A 2 claims never had anything to judge::VFS-3%0AVFS-A',
      '::error title=sample%3A 2 goals never reached::crash seen%0Apage applied',
    ]);
  });

  test('does not call a claim vacuous that was violated', () => {
    const claims = {'VFS-A': {checked: 1, armed: 1}};
    const lines = githubAnnotations([judged({findings: [aFinding()], claims})]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^::error title=VFS-3\/pull/);
  });

  test('warns of lost seeds and missing shards, and is an error where they make the build red', () => {
    const lost = [{indices: [3, 4, 5], seed: SEED, cause: 'died' as const}];
    expect(githubAnnotations([judged({lost}, {missingShards: ['2/8']})])).toEqual([
      '::warning title=sample%3A every seed was run::' +
        '1 batch lost with the worker: nothing is known of 3 seeds%0A' +
        `3 seeds: the worker died at seed ${SEED}%0A${COMMAND}`,
      '::warning title=sample%3A every shard was merged::missing: 2/8',
    ]);
    const required = judged({runs: 0}, {missingShards: ['2/8'], requireShards: true});
    expect(githubAnnotations([required])).toEqual([
      '::error title=sample%3A every seed was run::nothing ran',
      '::error title=sample%3A every shard was merged::missing: 2/8',
    ]);
  });

  test('is an error for a rerun that differed and for a canary that lives', () => {
    const mismatches = [{seed: SEED, first: '11', second: '22', divergence: null}];
    const canary = {kind: 'missed' as const, id: 'm1', seeds: 200, signature: null};
    expect(githubAnnotations([judged({mismatches}, {canary})])).toEqual([
      '::error title=sample%3A the same seed gives the same run::' +
        `1 mismatch in 61 reruns%0Aseed ${SEED}: first 11, then 22`,
      '::error title=sample%3A the canary%2C a bug that is known%2C is caught::m1 was not caught in 200 seeds',
    ]);
  });
});

describe('the text of a run', () => {
  test('is escaped by the rules of the runner', () => {
    const finding = aFinding({
      signature: 'a,b:c/50%/d\n::error::x',
      violation: aViolation({message: 'an answer of 50%0A: a, b\r\n::add-mask::x'}),
    });
    const [line = ''] = githubAnnotations([judged({findings: [finding]})]);
    expect(line).toContain('::error title=a%2Cb%3Ac/50%25/d\\x0a%3A%3Aerror%3A%3Ax::');
    expect(line).toContain('%0Aseen    an answer of 50%250A: a, b\\x0d\\x0a::add-mask::x%0A');
  });

  test('never begins a line, nor a property', () => {
    const count = githubAnnotations([hostile('a')]).length;
    fc.assert(
      fc.property(hostileText, text => {
        const lines = githubAnnotations([hostile(text)]);
        expect(lines).toHaveLength(count);
        // what the runner reads: a command, properties without `:`, `,` or breaks, then a message on the same line
        for (const line of lines) expect(line).toMatch(/^::(error|warning) title=[^:,\r\n]*::[^\r\n]*$/);
        // every % begins an escape
        for (const line of lines) expect(line.replace(/%(25|0A|3A|2C)/g, '')).not.toContain('%');
      }),
      {numRuns: 500},
    );
  });
});
