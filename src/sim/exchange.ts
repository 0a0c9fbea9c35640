/** A request and what is known of it while it is on its way. */
import type {HttpRequest, HttpResponse, NetError} from '../host.ts';
import type {Happening} from './agenda.ts';
import type {Identity} from './identity.ts';
import type {Life, PinnedAnswer} from './life.ts';

/** One request on its way, from sending to answer or giving up. */
export interface Exchange {
  readonly number: number;
  readonly asker: Life;
  /** The operation that it was sent for; empty if for none. */
  readonly owner: string;
  readonly to: string;
  readonly kind: string;
  /** Identity of the request: link, kind, ordinal. */
  readonly key: Identity;
  readonly link: string;
  readonly request: HttpRequest;
  /** What the attempt that was open had heard when it was asked; null if none was, or not alone. */
  readonly heard: readonly PinnedAnswer[] | null;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: NetError) => void;
  timeout: Happening | null;
  settled: boolean;
}
