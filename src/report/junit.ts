/** Campaigns as JUnit XML: a suite a campaign, a test case a check; well-formed whatever came out of the runs. */
import {campaignName, checksOf, type Check, type JudgedCampaign} from './checks.ts';
import {printable} from './printable.ts';

/** The text of `junit.xml`. Some case has failed exactly if some verdict is not `ok`. */
export function junitXml(all: readonly JudgedCampaign[]): string {
  const suites = all.map(judged => ({judged, checks: checksOf(judged)}));
  const everything = suites.flatMap(({checks}) => checks);
  const elapsedMs = all.reduce((sum, judged) => sum + judged.elapsedMs, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="syncstorm" ${totals(everything, elapsedMs)}>`,
    ...suites.flatMap(({judged, checks}) => suite(judged, checks)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(judged: JudgedCampaign, checks: readonly Check[]): string[] {
  const {campaign, elapsedMs, verdict} = judged;
  const property = (name: string, value: string): string =>
    `      <property name="${name}" value="${attribute(value)}"/>`;
  return [
    `  <testsuite name="${attribute(campaignName(judged))}" ${totals(checks, elapsedMs)}>`,
    '    <properties>',
    property('variant', campaign.variant),
    property('seed-base', campaign.seedBase),
    property('runs', String(campaign.runs)),
    property('verdict', verdict),
    '    </properties>',
    ...checks.flatMap(check => testCase(campaign.system, check)),
    '  </testsuite>',
  ];
}

function testCase(system: string, check: Check): string[] {
  const head = `    <testcase classname="${attribute(`${system}.${check.kind}`)}" name="${attribute(check.title)}"`;
  switch (check.result) {
    case 'passed':
      return [`${head}/>`];
    case 'blank':
      return [`${head}>`, `      <skipped message="${attribute(check.message)}"/>`, '    </testcase>'];
    case 'failed':
      return [
        `${head}>`,
        `      <failure message="${attribute(check.message)}" type="${check.kind}">${body(check)}</failure>`,
        '    </testcase>',
      ];
  }
}

/** The lines of a failure; its message where there are no others, since many readers show nothing but this. */
const body = ({message, lines}: Check): string =>
  (lines.length === 0 ? [message] : lines).map(escaped).join('\n');

function totals(checks: readonly Check[], elapsedMs: number): string {
  const count = (result: Check['result']): number => checks.filter(check => check.result === result).length;
  const seconds = (Math.round(elapsedMs) / 1_000).toFixed(3);
  return `tests="${checks.length}" failures="${count('failed')}" errors="0" skipped="${count('blank')}" time="${seconds}"`;
}

/** What XML 1.0 has no way to say, beyond what `printable` takes care of. */
const NO_CHARACTER = /[\ufffe\uffff]/g;

const ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** One line of text as it may stand in an element or an attribute. `>` too: `]]>` may not stand in an element. */
const escaped = (line: string): string =>
  printable(line)
    .replace(NO_CHARACTER, unit => `\\u${unit.charCodeAt(0).toString(16)}`)
    .replace(/[&<>"']/g, character => ENTITY[character] ?? character);

const attribute = escaped;
