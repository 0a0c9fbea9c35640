/** Which layer may import which, and which packages: the table of the design as data. */

/** A layer, by where its files are; the first pattern that matches a path is its layer. */
export interface Layer {
  readonly name: string;
  readonly files: RegExp;
  /** What it may import, values and types. `$1` is what the first group of `files` matched. */
  readonly values: readonly string[];
  /** What it may import with `import type` only. */
  readonly types: readonly string[];
  /** Whether it may import modules of Node itself. */
  readonly node: boolean;
}

const HOST = '^src/host\\.ts$';
const MODEL = '^src/model/';
const SIM = '^src/sim/';
const REPORT = '^src/report/';
const CLI = '^src/cli/';
/** What a system outside this project would import: the host and the simulator, by one door. */
const INDEX = '^src/index\\.ts$';
const REGISTRY = '^scenarios/registry\\.ts$';
const ANYTHING = '^';

const LAYERS: readonly Layer[] = [
  {name: 'the waist', files: /^src\/host\.ts$/, values: [], types: [], node: false},
  {name: 'the index', files: /^src\/index\.ts$/, values: [HOST, SIM], types: [], node: false},
  {name: 'the model', files: /^src\/model\//, values: [MODEL], types: [HOST], node: false},
  {
    name: 'the implementation',
    files: /^src\/impl\/([^/]+)\//,
    values: [HOST, '^src/impl/$1/'],
    types: [MODEL],
    node: false,
  },
  {name: 'the simulator', files: /^src\/sim\//, values: [HOST, SIM], types: [], node: true},
  {
    name: 'the registry',
    files: /^scenarios\/registry\.ts$/,
    values: [SIM, '^scenarios/[^/]+/([^/]+/)?system\\.ts$'],
    types: [],
    node: false,
  },
  {
    name: 'a scenario',
    files: /^scenarios\/([^/]+)\//,
    values: [HOST, INDEX, SIM, MODEL, '^src/impl/$1/', '^scenarios/$1/'],
    types: [],
    node: false,
  },
  {name: 'the report', files: /^src\/report\//, values: [SIM, REPORT, REGISTRY], types: [], node: false},
  {
    name: 'the command line',
    files: /^src\/cli\//,
    values: [SIM, REPORT, CLI, REGISTRY],
    types: [],
    node: true,
  },
  {
    // a program for operators: the migration, on a real file; the engine is the simulator's, and nothing else of it
    name: 'the migration command',
    files: /^src\/migrate\//,
    values: ['^src/migrate/', HOST, '^src/impl/vfs/migration/', '^src/sim/sqlite\\.ts$'],
    types: [],
    node: true,
  },
  {name: 'what is outside', files: /^(test|bench)\//, values: [ANYTHING], types: [], node: true},
];

export interface Import {
  readonly line: number;
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** The path it leads to inside the project; null for a package. */
  readonly target: string | null;
}

/** What is wrong with an import, or null. `dependencies` are the packages that are there when the product is installed. */
export function misplaced(path: string, found: Import, dependencies: readonly string[]): string | null {
  const layer = LAYERS.find(({files}) => files.test(path));
  if (layer === undefined) return `${path} belongs to no layer: add it to test/tidy/layers.ts`;
  if (found.target === null) return misplacedPackage(layer, found, dependencies);
  const groups = layer.files.exec(path) ?? [];
  const allows = (patterns: readonly string[]): boolean =>
    patterns.some(pattern => new RegExp(pattern.replace('$1', groups[1] ?? '')).test(found.target ?? ''));
  if (allows(layer.values)) return null;
  if (!allows(layer.types)) return `${layer.name} may not import ${found.target}`;
  return found.typeOnly
    ? null
    : `${layer.name} may import ${found.target} with \`import type\` only: nouns, not verbs`;
}

function misplacedPackage(
  layer: Layer,
  {specifier, typeOnly}: Import,
  dependencies: readonly string[],
): string | null {
  if (specifier.startsWith('node:')) {
    return layer.node
      ? null
      : `${layer.name} may not import ${specifier}: it reaches the world only through its host`;
  }
  if (layer.name === 'what is outside') return null;
  if (layer.name === 'the waist') return `${layer.name} imports nothing, not even ${specifier}`;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (dependencies.includes(name) || typeOnly || OPTIONAL.includes(specifier)) return null;
  return `${name} is not among the dependencies that come with the package`;
}

/** Loaded only if it is there, and said so if it is not. */
const OPTIONAL = ['tsx/esm/api', 'typescript'];
