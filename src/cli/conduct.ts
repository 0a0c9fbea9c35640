/** One campaign over one system, watched: the status line, failures as they are found, and why it stopped. */
import {duration, grouped} from '../report/amounts.ts';
import {failureLines} from '../report/failure.ts';
import {printable} from '../report/printable.ts';
import {statusLine} from '../report/status.ts';
import type {Campaign, CampaignFinding, Mismatch} from '../sim/campaign.ts';
import {drawPlan} from '../sim/draw.ts';
import {fuzz} from '../sim/fuzz.ts';
import {seedAt} from '../sim/random.ts';
import type {Plan} from '../sim/plan.ts';
import {runCommand} from './command.ts';
import {confirm} from './confirm.ts';
import {Findings} from './findings.ts';
import {Live} from './live.ts';
import type {Named} from './load-system.ts';
import {Misuse} from './misuse.ts';
import type {Session} from './session.ts';

/** When a campaign ends, and what it is made of. */
export interface Limits {
  readonly runs?: number;
  readonly forMs?: number;
  readonly seedBase: string;
  readonly variant: string;
  readonly rerunOneIn: number;
  readonly maxFindings: number;
  /** Folder for what it finds. */
  readonly out: string;
}

/** A campaign that is over, with what a summary and a record say beyond it. */
export interface Conducted {
  readonly campaign: Campaign;
  readonly elapsedMs: number;
  readonly stopped: string;
  readonly files: ReadonlyMap<string, string>;
  readonly commands: ReadonlyMap<string, string>;
}

/** Runs the campaign to its end. `interrupted` is asked after every run. */
export async function conduct(
  named: Named,
  limits: Limits,
  session: Session,
  interrupted: () => boolean,
): Promise<Conducted> {
  const watch = new Watch(named, limits, session);
  const {wallClock} = session.io;
  const startedAt = wallClock();
  const seen = await fuzz(named.system, {
    ...limits,
    wallClock,
    onProgress: soFar => {
      watch.look(soFar, wallClock() - startedAt);
      return interrupted();
    },
  });
  const elapsedMs = wallClock() - startedAt;
  watch.look(seen, elapsedMs);
  watch.end();
  const lost = await watch.confirmAll(seen.findings);
  session.running = null;
  const campaign = {...seen, mismatches: [...seen.mismatches, ...lost]};
  const stopped = interrupted() ? 'interrupted' : reason(campaign, limits);
  return {campaign, elapsedMs, stopped, files: watch.findings.files, commands: watch.commands};
}

function reason(campaign: Campaign, {runs, forMs, maxFindings}: Limits): string {
  if (campaign.findings.length >= maxFindings) return `stopped at --max-findings ${grouped(maxFindings)}`;
  if (runs !== undefined && campaign.runs >= runs) return `all of --runs ${grouped(runs)} done`;
  return forMs === undefined ? 'ended' : `${duration(forMs)} elapsed`;
}

/** Looks on while a campaign runs. */
class Watch {
  readonly findings: Findings;
  readonly commands = new Map<string, string>();
  readonly #named: Named;
  readonly #limits: Limits;
  readonly #session: Session;
  readonly #live: Live;

  constructor(named: Named, limits: Limits, session: Session) {
    this.#named = named;
    this.#limits = limits;
    this.#session = session;
    this.#live = new Live(session.io);
    this.findings = new Findings(named, limits.out, session.io.cwd);
    this.#expect(0);
  }

  /** After every run: tells of what is new, and how it is going. */
  look(campaign: Campaign, elapsedMs: number): void {
    this.#expect(campaign.runs);
    if (campaign.findings.length > this.commands.size) {
      for (const finding of campaign.findings) {
        if (!this.commands.has(finding.signature)) this.#tell(finding);
      }
    }
    this.#live.show(width => statusLine(campaign, elapsedMs, width));
  }

  end(): void {
    this.#live.clear();
  }

  /** Runs each finding once more and stores what that adds. Gives what did not come again. */
  async confirmAll(findings: readonly CampaignFinding[]): Promise<Mismatch[]> {
    const lost: Mismatch[] = [];
    for (const finding of findings) {
      this.#session.running = this.commands.get(finding.signature) ?? null;
      const found = await confirm(this.#named.system, finding, this.#limits.variant);
      if (found.kind === 'lost') lost.push(found.mismatch);
      else this.#store(finding, found.plan, found.digest);
    }
    return lost;
  }

  #expect(index: number): void {
    this.#session.running = this.#command(seedAt(this.#limits.seedBase, index));
  }

  #command(seed: string): string {
    return runCommand(this.#named.given, seed, this.#limits.variant);
  }

  #tell(finding: CampaignFinding): void {
    const command = this.#command(finding.seed);
    this.commands.set(finding.signature, command);
    this.#live.clear();
    const plan = drawPlan(this.#named.system, finding.seed, this.#limits.variant);
    this.#store(finding, plan, null);
    const facts = {
      violation: finding.violation,
      operations: plan.operations.length,
      faults: plan.faults.length,
      file: this.findings.files.get(finding.signature) ?? null,
      command,
    };
    const {paint, width} = this.#session;
    this.#session.say(['', ...failureLines(facts, paint, width)]);
  }

  /** A full disk must not cost the campaign: the finding is told anyway. */
  #store(finding: CampaignFinding, plan: Plan, digest: string | null): void {
    try {
      this.findings.write(finding, plan, digest);
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      this.#live.clear();
      this.#session.log(
        `syncstorm: ${error.message}; the plan of ${printable(finding.signature)} is not stored`,
      );
    }
  }
}
