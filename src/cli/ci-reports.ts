/** The flags by which a campaign also leaves what a build server reads: JUnit, Markdown, annotations of GitHub. */
import {resolve} from 'node:path';
import {campaignMarkdown} from '../report/campaign-markdown.ts';
import type {JudgedCampaign} from '../report/checks.ts';
import {githubAnnotations} from '../report/github.ts';
import {junitXml} from '../report/junit.ts';
import type {Args, Flag} from './args.ts';
import {writeWhole} from './files.ts';
import type {Session} from './session.ts';
import {has, textOf} from './values.ts';

/** Of every verb that has campaigns to report. */
export const CI_FLAGS: Readonly<Record<string, Flag>> = {
  junit: {value: 'FILE', about: 'write the campaign as JUnit XML: a case for each claim and goal'},
  markdown: {value: 'FILE', about: 'write the campaign as Markdown, for the summary of a build'},
  github: {about: 'print what is wrong as annotations of a GitHub workflow'},
};

/** Writes and prints what the flags ask for. Throws `Misuse` where a file cannot be written. */
export function ciReports(all: readonly JudgedCampaign[], args: Args, session: Session): void {
  const {cwd} = session.io;
  const [junit, markdown] = [textOf(args, 'junit'), textOf(args, 'markdown')];
  if (junit !== undefined) writeWhole(resolve(cwd, junit), junitXml(all));
  if (markdown !== undefined) writeWhole(resolve(cwd, markdown), campaignMarkdown(all));
  if (has(args, 'github')) for (const line of githubAnnotations(all)) session.say(line);
}
