/** Campaigns as annotations of a GitHub workflow: lines that the runner takes as commands, with all else escaped. */
import {counted} from './amounts.ts';
import {campaignName, checksOf, findingLines, type Check, type JudgedCampaign} from './checks.ts';
import {printable} from './printable.ts';

/**
 * One line an annotation: an error for each finding and each other check that failed, a warning for what is not known.
 * Missed goals are told together, and so are vacuous claims: of each step a page shows ten annotations of a level.
 */
export function githubAnnotations(all: readonly JudgedCampaign[]): string[] {
  return all.flatMap(annotations);
}

function annotations(judged: JudgedCampaign): string[] {
  const name = campaignName(judged);
  const checks = checksOf(judged);
  const open = checks.filter(({result}) => result !== 'passed');
  const vacuous = open.filter(check => check.kind === 'claim' && !isViolated(check, judged));
  const goals = open.filter(({kind}) => kind === 'goal');
  const others = open.filter(
    check => check.kind !== 'claim' && check.kind !== 'goal' && isWorthTelling(check),
  );
  return [
    ...judged.campaign.findings.map(finding =>
      command('error', finding.signature, findingLines(finding, judged).slice(1)),
    ),
    ...others.map(check =>
      command(levelOf(check, judged), `${name}: ${check.title}`, [check.message, ...check.lines]),
    ),
    ...together(judged, vacuous, `${name}: ${counted(vacuous.length, 'claim')} never had anything to judge`),
    ...together(judged, goals, `${name}: ${counted(goals.length, 'goal')} never reached`),
  ];
}

const isViolated = (check: Check, {campaign}: JudgedCampaign): boolean =>
  campaign.findings.some(({claim}) => printable(claim) === check.id);

/** Where there is no canary, or no seed was run twice, whoever started the campaign knows. */
const isWorthTelling = ({kind, result}: Check): boolean => result === 'failed' || kind === 'shards';

/** An error where it is why the build is red. Lost seeds are a warning: the others ran, and may have found nothing. */
function levelOf({kind, result}: Check, {campaign}: JudgedCampaign): 'error' | 'warning' {
  if (kind === 'seeds') return campaign.runs === 0 ? 'error' : 'warning';
  return result === 'failed' ? 'error' : 'warning';
}

function together(judged: JudgedCampaign, checks: readonly Check[], title: string): string[] {
  const [first] = checks;
  return first === undefined
    ? []
    : [
        command(
          levelOf(first, judged),
          title,
          checks.map(({id}) => id),
        ),
      ];
}

/** A workflow command. The lines of its message are printable, so that the only breaks are those put in here. */
function command(level: 'error' | 'warning', title: string, lines: readonly string[]): string {
  return `::${level} title=${inProperty(printable(title))}::${lines.map(line => inMessage(printable(line))).join('%0A')}`;
}

const inMessage = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const inProperty = (text: string): string => inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
