/** The systems that come with Syncstorm, by the order in which a campaign over all of them takes them. */
import type {System} from '../src/sim/system.ts';
import {journal} from './journal/system.ts';
import {blobs} from './vfs/blobs/system.ts';
import {flattening} from './vfs/flattening/system.ts';
import {vfs} from './vfs/system.ts';

export const systems: readonly System[] = [vfs, blobs, flattening, journal];
