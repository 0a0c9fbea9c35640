/** The one line that says how a campaign is getting on; what does not fit is left out, least important first. */
import type {Campaign} from '../sim/campaign.ts';
import {compact, duration, rough, stopwatch} from './amounts.ts';
import {widthOf} from './printable.ts';

/** How many times any hazard struck. */
function deliveredFaults(campaign: Campaign): number {
  let delivered = 0;
  for (const count of Object.values(campaign.hazards)) delivered += count.delivered;
  return delivered;
}

/** `5 h 16 min` as `5h16m`: the line has to fit a terminal of 80 columns. */
const tight = (amount: string): string => amount.replaceAll(' ', '').replace('min', 'm');

/** The line, at most `width` columns wide; `elapsedMs` is wall time since the campaign began. */
export function statusLine(campaign: Campaign, elapsedMs: number, width: number): string {
  const reached = Object.keys(campaign.goals.reached).length;
  const speed = elapsedMs > 0 ? (campaign.runs * 1_000) / elapsedMs : 0;
  // in the order in which they are shown, each with its rank: the highest rank is the first to go
  const parts: readonly (readonly [rank: number, text: string])[] = [
    [0, stopwatch(elapsedMs)],
    [1, `seeds ${compact(campaign.runs)}`],
    [3, `${rough(speed)}/s`],
    [5, `virtual ${tight(duration(campaign.virtualMs))}`],
    [6, `faults ${tight(compact(deliveredFaults(campaign)))}`],
    [4, `goals ${reached}/${reached + campaign.goals.missed.length}`],
    [2, `findings ${campaign.findings.length}`],
    // none is what everybody expects; one is what everybody must see
    [campaign.mismatches.length > 0 ? 1 : 7, `mismatches ${campaign.mismatches.length}`],
  ];
  for (let most = parts.length - 1; most > 0; most -= 1) {
    const kept = parts.filter(([rank]) => rank <= most).map(([, text]) => text);
    const line = kept.join('  ');
    if (widthOf(line) <= width) return line;
  }
  return stopwatch(elapsedMs).slice(0, Math.max(0, width));
}
