/** What the page of a finding is made from, and what of it the page carries. */
import type {Examined, Film, Frame} from '../../sim/explanation.ts';
import type {Json} from '../../sim/json.ts';
import {applyDelta, deltaOf, type Delta} from './delta.ts';

/** A finding, and what the command line knows beyond it. */
export interface ReportData {
  readonly examined: Examined;
  /** Shell commands that run its seed, replay its minimal plan, and explain it. */
  readonly commands: {readonly run: string; readonly replay: string; readonly explain: string};
  /** Text of the vitest file that reproduces it. */
  readonly test: string;
}

/** The viewer: its script and style as text, each with its CSP source (`sha256-` and the hash in base64). */
export interface ReportAssets {
  readonly script: string;
  readonly scriptHash: string;
  readonly style: string;
  readonly styleHash: string;
}

/** A frame whose state is told as the change from the node's frame before; the first of a node is told whole. */
export interface PackedFrame {
  readonly event: number;
  readonly node: string;
  readonly delta: Delta;
}

type Carried = Pick<
  Examined,
  | 'violation'
  | 'minimal'
  | 'size'
  | 'originalSize'
  | 'digest'
  | 'originalDigest'
  | 'locallyMinimal'
  | 'runs'
  | 'explanation'
>;

/** What the page carries as JSON; the trace stands beside it, line by line. */
export interface PageData extends Carried {
  readonly commands: ReportData['commands'];
  readonly test: string;
  readonly nodes: Film['nodes'];
  readonly bodies: Film['bodies'];
  readonly frames: readonly PackedFrame[];
}

/** The part of a finding that goes into its page. */
export function pageData({examined, commands, test}: ReportData): PageData {
  const {film} = examined;
  return {
    violation: examined.violation,
    minimal: examined.minimal,
    size: examined.size,
    originalSize: examined.originalSize,
    digest: examined.digest,
    originalDigest: examined.originalDigest,
    locallyMinimal: examined.locallyMinimal,
    runs: examined.runs,
    explanation: examined.explanation,
    commands,
    test,
    nodes: film.nodes,
    bodies: film.bodies,
    frames: packFrames(film.frames),
  };
}

/** Frames as changes. One that changes nothing is left out. */
export function packFrames(frames: readonly Frame[]): PackedFrame[] {
  const last = new Map<string, Json>();
  const packed: PackedFrame[] = [];
  for (const {event, node, state} of frames) {
    const before = last.get(node);
    const delta = before === undefined ? {is: state} : deltaOf(before, state);
    last.set(node, state);
    if (delta !== null) packed.push({event, node, delta});
  }
  return packed;
}

/** The frames of each node in order. States share what did not change, so that a long run fits in memory. */
export function unpackFrames(packed: readonly PackedFrame[]): ReadonlyMap<string, readonly Frame[]> {
  const nodes = new Map<string, Frame[]>();
  for (const {event, node, delta} of packed) {
    const frames = nodes.get(node) ?? [];
    nodes.set(node, frames);
    frames.push({event, node, state: applyDelta(frames.at(-1)?.state ?? null, delta)});
  }
  return nodes;
}
