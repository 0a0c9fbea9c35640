/** The chain of migrations, in the one order in which they run. */
import type {Dialect} from './dialect.ts';
import type {Step} from './step.ts';
import {v024} from './v024.ts';
import {v025} from './v025.ts';
import {v026} from './v026.ts';
import {v027} from './v027.ts';

/** The newest version that this release knows. */
export const LATEST_VERSION = 27;

export const chain = (dialect: Dialect): readonly Step[] =>
  [v024, v025, v026, v027].map(make => make(dialect));
