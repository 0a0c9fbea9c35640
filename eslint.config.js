/** Lint rules: types, and determinism. Each ban says what to use instead; a runtime guard stands behind them. */
import tseslint from 'typescript-eslint';

const HOST = 'a node reaches the world only through its Host';

const CLOCKS_AND_CHANCE = [
  ['setTimeout', `host.clock.after or host.clock.sleep; ${HOST}.`],
  ['setInterval', `host.clock.after, again and again; ${HOST}.`],
  ['setImmediate', `host.clock.after(0, …); ${HOST}.`],
  ['clearTimeout', 'the function that host.clock.after returned.'],
  ['clearInterval', 'the function that host.clock.after returned.'],
  ['clearImmediate', 'the function that host.clock.after returned.'],
  ['crypto', `host.random, or a named Stream in the simulator; ${HOST}.`],
  ['fetch', `host.net.request; ${HOST}.`],
  ['WebSocket', `host.net.dial; ${HOST}.`],
  ['performance', 'host.clock.now, or virtual time in the simulator; wall time is never part of a verdict.'],
  ['process', 'an argument that src/cli passes in; only src/cli knows its process.'],
  ['console', 'a value that is returned; only src/cli prints.'],
  ['Intl', 'plain comparisons by code unit: locales differ from machine to machine.'],
  ['WeakRef', 'an ordinary reference: when garbage is collected is not deterministic.'],
  ['FinalizationRegistry', 'an explicit end of life: when garbage is collected is not deterministic.'],
  ['globalThis', 'the binding itself, so that these rules can see it.'],
  ['global', 'the binding itself, so that these rules can see it.'],
].map(([name, instead]) => ({name, message: `Use ${instead}`}));

const NO_DATE = {
  name: 'Date',
  message:
    'Use the functions of the time.ts beside it, which are pure; for the present time, host.clock.now.',
};

const PROPERTIES = [
  {object: 'Date', property: 'now', message: 'Use host.clock.now, or virtual time in the simulator.'},
  {object: 'Math', property: 'random', message: 'Use host.random, or a named Stream in the simulator.'},
];

const INEXACT = [
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atan2',
  'atanh',
  'cbrt',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'hypot',
]
  .concat(['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'])
  .map(property => ({
    object: 'Math',
    property,
    message: 'Use integers: the last bits of this function differ between engines.',
  }));

const DATES = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Use host.clock.now, or virtual time in the simulator: new Date() reads the wall clock.',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'Use host.clock.now, or virtual time in the simulator: Date() reads the wall clock.',
  },
];

const SYNTAX = [
  {
    selector: 'CallExpression[callee.property.name=/^(sort|toSorted)$/][arguments.length=0]',
    message:
      'Give sort a comparator, such as compareText: without one, what is compared is the text of the values.',
  },
  {
    selector: 'MemberExpression[property.name=/^(localeCompare|toLocale.*)$/]',
    message: 'Use compareText, toLowerCase, toUpperCase or String: locales differ from machine to machine.',
  },
  {selector: 'ExportDefaultDeclaration', message: 'Export it by name: one thing has one name everywhere.'},
  {selector: 'TSEnumDeclaration', message: 'Use a union of literals, with `kind` where it has members.'},
];

/** Ways to make markup, or code, of text. */
const MARKUP = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'setHTMLUnsafe',
  'createContextualFragment',
  'parseFromString',
  'srcdoc',
  'write',
  'writeln',
].map(property => ({
  property,
  message: 'Use el and text: what came from a run is never markup.',
}));

const IMPURE_MODULES = [
  {
    regex:
      '^(node:)?(crypto|fs|fs/promises|timers|timers/promises|perf_hooks|child_process|worker_threads|os|net|http|https|dgram|tls|readline|process|cluster|vm)$',
    message: 'Use the Host: only src/cli and src/migrate touch the machine.',
  },
];

const TYPES = {
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_'}],
  '@typescript-eslint/require-array-sort-compare': ['error', {ignoreStringArrays: false}],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
  '@typescript-eslint/consistent-type-imports': ['error', {disallowTypeAnnotations: false}],
  '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
  // an interface may promise asynchrony that an implementation does not need
  '@typescript-eslint/require-await': 'off',
  eqeqeq: 'error',
  'no-control-regex': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
};

const PURE = {
  'no-restricted-globals': ['error', ...CLOCKS_AND_CHANCE],
  'no-restricted-properties': ['error', ...PROPERTIES, ...INEXACT],
  'no-restricted-syntax': ['error', ...SYNTAX, ...DATES],
  'no-restricted-imports': ['error', {patterns: IMPURE_MODULES}],
};

// This one file has a default export because its reader asks for one.
export default tseslint.config(
  {ignores: ['dist/**', 'coverage/**', 'reports/**', 'node_modules/**', '.stryker-tmp/**']},
  {linterOptions: {reportUnusedDisableDirectives: 'error'}},
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: TYPES,
  },
  {
    files: ['src/**/*.ts', 'scenarios/**/*.ts'],
    rules: PURE,
  },
  {
    // the systems themselves, and what is said of them: dates are text, and one file a folder computes with them
    files: ['src/impl/**/*.ts', 'scenarios/**/*.ts'],
    ignores: ['**/time.ts'],
    rules: {'no-restricted-globals': ['error', ...CLOCKS_AND_CHANCE, NO_DATE]},
  },
  {
    // what runs in a reader's browser: it may wait; it makes no markup and no code of text, and asks no network
    files: ['src/report/viewer/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...CLOCKS_AND_CHANCE.filter(({name}) => !/Timeout$/.test(name)),
        {name: 'eval', message: 'Use data: nothing that came from a run is ever code.'},
        {name: 'XMLHttpRequest', message: 'Use what the page carries: it opens without a network.'},
      ],
      'no-restricted-properties': ['error', ...PROPERTIES, ...INEXACT, ...MARKUP],
    },
  },
  {
    files: ['src/cli/**/*.ts', 'src/migrate/**/*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-syntax': ['error', ...SYNTAX],
    },
  },
  {
    // what stands before the globals, and the loop that drains promises, have to touch the real ones
    files: ['src/sim/guard.ts', 'src/sim/run.ts', 'src/sim/rejections.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-syntax': ['error', ...SYNTAX],
    },
  },
  {
    // a loop has to be in a microtask before its first barrier drains everything
    files: ['src/sim/run.ts'],
    rules: {'@typescript-eslint/await-thenable': 'off'},
  },
);
