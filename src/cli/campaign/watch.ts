/** Looks on while a campaign runs: the status line, findings as they come, batches that are lost. */
import {counted, grouped} from '../../report/amounts.ts';
import {sizeText} from '../../report/explanation.ts';
import {failureLines} from '../../report/failure.ts';
import {clip, printable} from '../../report/printable.ts';
import {statusLine} from '../../report/status.ts';
import type {Campaign, CampaignFinding, LostBatch} from '../../sim/campaign.ts';
import {drawPlan} from '../../sim/draw.ts';
import type {Examined} from '../../sim/explanation.ts';
import type {Plan} from '../../sim/plan.ts';
import {runCommand} from '../command.ts';
import {Findings} from '../findings.ts';
import {Live} from '../live.ts';
import type {Named} from '../load-system.ts';
import {Misuse} from '../misuse.ts';
import type {Session} from '../session.ts';

export class Watch {
  readonly findings: Findings;
  readonly #named: Named;
  readonly #variant: string;
  readonly #session: Session;
  readonly #live: Live;
  /** The seed that each finding is told by, by signature. */
  readonly #seeds = new Map<string, string>();
  /** The signatures that were told. */
  readonly #told = new Set<string>();
  #examining: string | null = null;

  constructor(named: Named, variant: string, out: string, session: Session) {
    this.#named = named;
    this.#variant = variant;
    this.#session = session;
    this.#live = new Live(session.io);
    this.findings = new Findings(named, out, session.io);
  }

  /** The command that runs one seed. */
  command(seed: string): string {
    return runCommand(this.#named.given, seed, this.#variant);
  }

  /** Takes up findings that were told before the campaign was left; stores what is not stored. */
  recall(findings: readonly CampaignFinding[]): void {
    for (const finding of findings) {
      this.#seeds.set(finding.signature, finding.seed);
      this.#told.add(finding.signature);
      if (this.findings.kept(finding) === 'nothing') this.#store(finding);
    }
  }

  /** Stores what is new among the findings at once; one that an earlier seed has too is stored again, by that seed. */
  look(findings: readonly CampaignFinding[]): void {
    for (const finding of findings) {
      if (this.#seeds.get(finding.signature) === finding.seed) continue;
      this.#seeds.set(finding.signature, finding.seed);
      this.#store(finding);
    }
  }

  /**
   * Tells the findings that were not told yet, in their order. Only of those that no earlier seed can take over any more:
   * which worker was quicker must not show in what is printed.
   */
  tell(findings: readonly CampaignFinding[]): void {
    for (const finding of findings) {
      if (this.#told.has(finding.signature)) continue;
      this.#told.add(finding.signature);
      this.#tell(finding);
    }
  }

  /** The command that reproduces each finding, by signature. */
  get commands(): ReadonlyMap<string, string> {
    return new Map([...this.#seeds].map(([signature, seed]) => [signature, this.command(seed)]));
  }

  /** Draws the status line if it is time to. */
  show(campaign: Campaign, inFlight: number, elapsedMs: number): void {
    this.#live.show(width =>
      clip(
        this.#examining ?? statusLine({...campaign, runs: campaign.runs + inFlight}, elapsedMs, width),
        width,
      ),
    );
  }

  /** The status line says so from now on. */
  examining(number: number, all: number): void {
    this.#examining = `examining finding ${grouped(number)} of ${grouped(all)}`;
  }

  /** A batch is gone with its worker. */
  tellLost({indices, seed, cause}: LostBatch, reason: string): void {
    this.#live.clear();
    const where = seed === null ? 'before its first seed' : `at seed ${seed}`;
    this.#session.log(
      `syncstorm: a worker ${cause} ${where} (${printable(reason)}); its batch of ${counted(indices.length, 'seed')} is lost`,
    );
    if (seed !== null) this.#session.log(this.command(seed));
  }

  /** What a system prints in a worker goes to stderr, where it cannot spoil a report. */
  pass(text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) this.log(printable(line));
  }

  log(line: string): void {
    this.#live.clear();
    this.#session.log(line);
  }

  end(): void {
    this.#live.clear();
  }

  #store(finding: CampaignFinding): void {
    try {
      this.findings.write(finding, this.#planOf(finding));
    } catch (error) {
      // a full disk must not cost the campaign: the finding is told anyway
      if (!(error instanceof Misuse)) throw error;
      this.log(`syncstorm: ${error.message}; the plan of ${printable(finding.signature)} is not stored`);
    }
  }

  #planOf({seed}: CampaignFinding): Plan {
    return drawPlan(this.#named.system, seed, this.#variant);
  }

  /** Writes the bundle of a finding, and tells what it was made into. A full disk must not cost the campaign. */
  keep(finding: CampaignFinding, examined: Examined): void {
    const {signature} = finding;
    const {size, originalSize, locallyMinimal} = examined;
    try {
      const notes = this.findings.complete(signature, examined);
      this.log(
        `${printable(signature)}: ${sizeText(size)}${locallyMinimal ? '' : ' or fewer'}, from ${sizeText(originalSize)}`,
      );
      for (const note of notes) this.log(`syncstorm: ${note}`);
    } catch (error) {
      if (!(error instanceof Misuse)) throw error;
      this.log(`syncstorm: ${error.message}; the bundle of ${printable(signature)} is not stored`);
    }
  }

  #tell(finding: CampaignFinding): void {
    this.#live.clear();
    const plan = this.#planOf(finding);
    const facts = {
      violation: finding.violation,
      operations: plan.operations.length,
      faults: plan.faults.length,
      file: this.findings.files.get(finding.signature) ?? null,
      command: this.command(finding.seed),
    };
    const {paint, width} = this.#session;
    this.#session.say(['', ...failureLines(facts, paint, width)]);
  }
}
