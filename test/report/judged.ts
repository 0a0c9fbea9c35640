/** Judged campaigns as the reports of a build are given them, and texts that would do harm if they were taken for more. */
import fc from 'fast-check';
import type {JudgedCampaign} from '../../src/report/checks.ts';
import {judge} from '../../src/report/verdict.ts';
import type {Campaign} from '../../src/sim/campaign.ts';
import {SEED, aCampaign, aFinding, aSystem, aViolation} from './samples.ts';

export const COMMAND = `npx syncstorm run sample --seed ${SEED}`;

/** All claims of the sample system had something to judge. */
const ARMED = {'VFS-3': {checked: 9, armed: 9}, 'VFS-A': {checked: 9, armed: 1}};

/** A campaign as it is judged, unless the change says otherwise. */
export function judged(
  campaign: Partial<Campaign> = {},
  change: Partial<Omit<JudgedCampaign, 'campaign'>> = {},
): JudgedCampaign {
  const whole = aCampaign({claims: ARMED, ...campaign});
  const system = aSystem();
  const requireGoals = change.requireGoals ?? false;
  return {
    campaign: whole,
    system,
    elapsedMs: 60_000,
    requireGoals,
    files: new Map(whole.findings.map(({signature}) => [signature, 'reports/failures/a'])),
    commands: new Map(whole.findings.map(({signature}) => [signature, COMMAND])),
    commandOf: seed => `npx syncstorm run sample --seed ${seed}`,
    missingShards: [],
    requireShards: false,
    ...judge(whole, system, requireGoals, change.canary, wanting(change)),
    ...change,
  };
}

const wanting = ({missingShards = [], requireShards = false}: Partial<JudgedCampaign>): string[] =>
  requireShards && missingShards.length > 0 ? [`shards missing: ${missingShards.join(', ')}`] : [];

/** Text as an attacker would like a run to say it: mark-up, links, mentions, commands, control characters, half characters. */
const unit = fc.constantFrom(
  ...['<', '>', '&', '"', "'", ']]>', '<![CDATA[', '<img src=x onerror=alert(1)>', '-->', '&lt;', '&#0;'],
  ...['|', '\\', '`', '``', '*', '_', '[a](http://b.c)', '![a](http://b.c/d.png)', '# ', '@octocat', '#12'],
  ...['::error::x', '::', '%0A', '%', '\n', '\r', '\r\n', '\u2028', '\t', '\u0000', '\u001b[31m', '\u0085'],
  ...['\ud800', '\udc00', '\ufffe', '\uffff', '😀', 'é', ' ', 'Q', 'https://b.c', '##[error]', ',', ':'],
);

export const hostileText = fc.string({unit, maxLength: 12});

/** A campaign in which every text that a run, or a stored file, could have made is the given one. */
export const hostile = (text: string): JudgedCampaign => {
  const mismatch = {seed: SEED, first: text, second: text, divergence: {line: 3, first: text, second: text}};
  const finding = aFinding({
    signature: `S${text}`,
    claim: `C${text}`,
    sentence: text,
    violation: aViolation({message: text, node: text, role: text, code: text, stage: text}),
  });
  return {
    ...judged(
      {
        system: `s${text}`,
        variant: text,
        seedBase: text,
        findings: [finding],
        goals: {reached: {[`r${text}`]: 1}, missed: [`m${text}`]},
        hazards: {[`h${text}`]: {offered: 1, delivered: 0, effective: 0}},
        claims: {...ARMED, [`v${text}`]: {checked: 1, armed: 0}},
        mismatches: [mismatch],
        lost: [{indices: [1], seed: text, cause: 'died'}],
      },
      {
        canary: {kind: 'missed', id: text, seeds: 9, signature: text},
        missingShards: [text],
        commandOf: () => text,
      },
    ),
    files: new Map([[finding.signature, text]]),
    commands: new Map([[finding.signature, text]]),
    reasons: [text],
  };
};
