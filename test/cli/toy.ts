/** Tiny systems as the text of modules: what the command line is given in tests in place of a real one. */

/** How a toy behaves: what the command line should make of it. */
export type Toy =
  /** Holds all its claims, and reaches its goal. */
  | 'sound'
  /** Breaks a claim in every run, with control characters in what it says. */
  | 'broken'
  /** Breaks a claim in some runs. */
  | 'brittle'
  /** Breaks a claim in several ways, the rarer of which take some seeds to come. */
  | 'motley'
  /** Holds all its claims; in one of forty worlds a node ends its process, or never comes to an end, or takes all memory. */
  | 'deadly'
  | 'hanging'
  | 'greedy'
  /** Does something else each time. */
  | 'erratic'
  /** Its claims never have anything to judge, and its goal is out of reach. */
  | 'idle'
  /** The same two by themselves: its claim never has anything to judge; its goal is out of reach. */
  | 'vacuous'
  | 'aimless'
  /** The adapter itself throws inside a claim. */
  | 'crashing';

const CHECKS: Readonly<Record<Toy, string>> = {
  sound: `ledger.sum < 0 ? {message: 'below zero', code: 'low'} : 'holds'`,
  broken: `ledger.sum > 0 ? {message: 'bad \\u001b[31m text\\u0007', code: 'high', stage: 'add', node: 'p0', expected: {sum: 0}, actual: {sum: ledger.sum}} : 'holds'`,
  brittle: `ledger.sum > 160 ? {message: 'the sum is ' + ledger.sum, code: 'high', stage: 'add', node: 'p0'} : 'holds'`,
  motley: `ledger.sum > 130 && ledger.sum % 3 === 0 ? {message: 'the sum is ' + ledger.sum, code: 'c' + ledger.sum % 5, stage: 'add', node: 'p0'} : 'holds'`,
  deadly: `'holds'`,
  hanging: `'holds'`,
  greedy: `'holds'`,
  erratic: `'holds'`,
  idle: `null`,
  vacuous: `null`,
  aimless: `'holds'`,
  crashing: `(() => { throw new TypeError('a claim that breaks'); })()`,
};

/** What happens at the start of a node in a bad world. */
const BAD: Partial<Record<Toy, string>> = {
  deadly: `process.exit(3)`,
  hanging: `(() => { for (;;); })()`,
  greedy: `(() => { const all = []; for (;;) all.push(new Array(100_000).fill(0.5)); })()`,
};

/** The module's text. It imports nothing, so it can stand anywhere; `typed` makes it need a TypeScript loader. */
export function toyModule(toy: Toy, typed = false): string {
  const bad = BAD[toy];
  return `
let calls = 0;
const note = ${toy === 'erratic' ? '() => (calls += 1)' : '() => 0'};
export const toy${typed ? ': unknown' : ''} = {
  kind: 'syncstorm.system',
  name: 'toy-${toy}',
  summary: 'adds numbers',
  variants: ['careless'],
  drawWorld: random => ({peers: random.integer(1, 2)${bad === undefined ? '' : ', bad: random.oneIn(40)'}}),
  nodes: world => Array.from({length: world.peers}, (_, index) => ({
    id: 'p' + index,
    role: 'peer',
    boot: async host => {
      ${bad === undefined ? '' : `if (world.bad) ${bad};`}
      return {host};
    },
  })),
  operations: {
    add: {
      weight: 1,
      role: 'peer',
      essential: true,
      draw: random => ({value: random.integer(1, 9)}),
      run: async (args, doing) => {
        ${toy === 'idle' || toy === 'aimless' ? '' : "doing.program.host.probe('added');"}
        doing.note('add', {value: args.value, call: note()});
      },
    },
  },
  size: {operations: [20, 40], stormMs: [1000, 2000]},
  settling: [],
  hazards: {delay: ['peer'], 'clock-skew': ['peer']},
  ledger: () => ({sum: 0}),
  observe: (seen, ledger) => {
    if (seen.kind === 'note') ledger.sum += seen.data.value;
  },
  claims: [
    {id: 'TOY-1', sentence: 'the sum stays where it should', when: 'always', check: (scene, ledger) => ${CHECKS[toy]}},
  ],
  goals: ['added'],
};
`;
}
